#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What a connection costs as something grows: curve.c over TCP, with the library,
# and over AF_VSOCK as one writes it by hand. Runs in the test kernel
# (tests/rig/run), in the top of a build tree.
#
#	curves.sh SECONDS TURNS WHAT...
#
# The three are there at once and take turns. SIZES in the environment are taken
# in place of each curve's own. Writes
#
#	WHAT,N,WAY,FIELD,VALUE
#
# for each turn and phase, and once for what is exact. What fails is left out, and
# named on standard error; so is what there is no time for after SECONDS.
set -u
seconds=$1 turns=$2
shift 2
curve=$(pwd)/tests/bench/curve
library=$(pwd)/preload/.libs/libtcp2vsock.so
ways=(tcp library raw)
used=0
ulimit -n 1048576 2>/dev/null
sysctl -qw fs.nr_open=1048576 kernel.pid_max=65536 fs.file-max=500000

# table WHAT N: the rule that is used is the last.
table()
{
	case $1 in
	rules) form='connect 10.%d.%d.%d:5432 = vsock:3:5432\n' ;;
	names) form='connect h%d-%d-%d.internal:5432 = vsock:3:5432\n' ;;
	*) set -- "$1" 1 ;;
	esac
	if [ "$2" -gt 1 ]; then
		awk -v n="$2" -v form="$form" 'BEGIN {
			for (i = 1; i < n; i++)
				printf form, i / 65536, i / 256 % 256, i % 256
		}'
	fi
	echo 'last.internal:20000-20999 = vsock:local:20000-20999'
	echo '127.0.0.1:20000-20999 = vsock:local:20000-20999'
}

# line WAY: the next one that it says, in $line.
line()
{
	read -r -t 60 line <&"${from_it[$1]}" && return
	echo "$what $n, $1: failed" >&2
	return 1
}

# set_command WAY: $command
set_command()
{
	local family=tcp port=7000 host='' kind=$what
	command=()
	case $1 in
	raw) family=vsock port=30000 ;;
	library) port=20000 host=last.internal command=(env
		"LD_PRELOAD=$library" "TCP2VSOCK_CONFIG=$RIG_TMP/table") ;;
	esac
	[ "$1" != tcp ] || host=localhost
	case $what in
	rules) kind=nothing ;;
	names) kind=nothing command+=("$curve" "$family" $((port + used))
		nothing "$n" ${host:+"$host"}) && return ;;
	esac
	command+=("$curve" "$family" $((port + used)) "$kind" "$n")
}

declare -A to_it from_it pid
start()
{
	mkfifo "$RIG_TMP/to" "$RIG_TMP/from"
	set_command "$1"
	"${command[@]}" <"$RIG_TMP/to" >"$RIG_TMP/from" &
	pid[$1]=$!
	exec {to}>"$RIG_TMP/to" {from}<"$RIG_TMP/from"
	to_it[$1]=$to from_it[$1]=$from
	rm "$RIG_TMP/to" "$RIG_TMP/from"
	line "$1" && [ "$line" = ready ]
}

stop()
{
	local way
	for way in "${!pid[@]}"; do
		to=${to_it[$way]} from=${from_it[$way]}
		exec {to}>&- {from}<&-
		kill "${pid[$way]}"
		wait "${pid[$way]}"
	done 2>/dev/null
	pid=()
}

# ask WAY FIELDS QUESTION...
ask()
{
	local way=$1 fields=$2 field values
	shift 2
	echo "$*" >&"${to_it[$way]}"
	line "$way" || return
	read -ra values <<<"$line"
	for field in $fields; do
		[ ${#values[@]} -gt 0 ] || return
		echo "$what,$n,$way,$field,${values[0]}"
		values=("${values[@]:1}")
	done
}

# The first one is another in each turn.
time_it()
{
	local turn i fields='bind connect accept answer close total refused'
	for ((turn = 0; turn < turns; turn++)); do
		for i in 0 1 2; do
			ask "${ways[(turn + i) % 3]}" "$fields" time "$rounds" || return
		done
	done
}

# The lock that a thread waits for is a futex.
locks()
{
	local way
	for way in tcp library; do
		used=$((used + 2))
		set_command "$way"
		echo "time 3" | strace -f -qq -e trace=futex \
			-o "$RIG_TMP/futex" "${command[@]}" >"$RIG_TMP/said" &&
			[ "$(wc -l <"$RIG_TMP/said")" = 2 ] || return
		echo "$what,$n,$way,locks,$(grep -c FUTEX_WAIT "$RIG_TMP/futex")"
	done
}

point()
{
	local way
	used=$((used + 2)) rounds=30
	case $what in
	clients | threads) rounds=$((300 / n < 2 ? 2 : 300 / n < 30 ?
		300 / n : 30)) ;;
	esac
	table "$what" "$n" >"$RIG_TMP/table"
	for way in "${ways[@]}"; do
		start "$way" || return
	done
	time_it || return
	for way in "${ways[@]}"; do
		ask "$way" kib memory
		[ "$what" != open ] || ask "$way" idle_ns idle
		case $what in
		threads | clients) ;;
		*) ask "$way" 'calls instructions' count ;;
		esac
	done
	[ "$what" != threads ] || locks
}

for what; do
	case $what in
	open) sizes="1 100 1000 10000" ;;
	sets) sizes="1 10 100 1000" ;;
	numbers) sizes="1 1000 10000 100000" ;;
	threads) sizes="1 4 16 64" ;;
	children) sizes="1 10 100 500" ;;
	rules) sizes="1 100 10000 100000" ;;
	names) sizes="1 100 1000 10000" ;;
	clients) sizes="1 10 100 1000" ;;
	esac
	sizes=${SIZES:-$sizes}
	for n in $sizes; do
		if [ $SECONDS -ge "$seconds" ]; then
			echo "$what $n: no time is left" >&2
			continue
		fi
		begun=$SECONDS
		point
		stop
		echo "$what $n: $((SECONDS - begun)) s" >&2
	done
done
