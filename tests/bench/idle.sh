#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What connections cost in user space that nobody uses: the memory (Pss of all
# processes that take part) and the CPU (in ticks, for a second). Runs in the
# test kernel (tests/rig/run), in the top of a build tree. Writes for each way
#
#	WAY,CONNECTIONS,KIB,TICKS
#
#	idle.sh CONNECTIONS RELAYED [WAY...]
#
# for one connection and for CONNECTIONS, or RELAYED where each takes a process.
set -u
many=$1 relayed=$2
shift 2
[ $# -gt 0 ] || set -- raw library tcp socat socats haproxy
# shellcheck source=tests/bench/common.sh
. "$(dirname "$0")/common.sh"

# In the test kernel it takes long to start a program: all of this is bash's.

# This script's descendants that carry data: $pids.
find_processes()
{
	local stat pid name parent
	local -A ours=([$$]=1)
	pids=()
	for stat in $(printf '%s\n' /proc/[0-9]*/stat | sort -V); do
		read -r pid name _ parent _ 2>/dev/null <"$stat" || continue
		[ "${ours[$parent]-}" ] || continue
		ours[$pid]=1
		case $name in
		"(traffic)" | "(socat)" | "(haproxy)") pids+=("$pid") ;;
		esac
	done
}

# Their memory in KiB: $kib.
memory()
{
	local pid name value
	kib=0
	for pid in "${pids[@]}"; do
		while read -r name value _; do
			[ "$name" != Pss: ] || kib=$((kib + value))
		done <"/proc/$pid/smaps_rollup"
	done
}

# Their CPU time so far: $ticks.
cpu()
{
	local pid stat
	ticks=0
	for pid in "${pids[@]}"; do
		read -ra stat <"/proc/$pid/stat"
		ticks=$((ticks + stat[13] + stat[14]))
	done
}

# hold WAY CONNECTIONS: with servers of its own, since they keep connections.
hold()
{
	local before
	case $1 in
	raw) serve_raw ;;
	library) serve_library ;;
	tcp) serve_tcp ;;
	socat) serve_raw && relay_to_raw ;;
	socats) serve_tcp && relay_to_relay ;;
	haproxy) serve_raw && relay_by_haproxy || return ;;
	esac
	# shellcheck disable=SC2086
	start held ${client[$1]} hold "${port_of[$1]}" "$2" <"$RIG_TMP/never"
	find_processes
	cpu
	before=$ticks
	read -r -t 1 -u 3
	cpu
	memory
	echo "$1,$2,$kib,$((ticks - before))"
	# Some end because others do.
	kill "${pids[@]}" 2>/dev/null
	wait
}

echo '127.0.0.1:20000 = vsock:local:20000' >"$table"
ulimit -n 8192
mkfifo "$RIG_TMP/never"
exec 3<>"$RIG_TMP/never"
for way; do
	hold "$way" 1
	case $way in
	socat*) hold "$way" "$relayed" ;;
	*) hold "$way" "$many" ;;
	esac
done
