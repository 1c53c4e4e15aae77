#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What a large table costs 50 processes that share its file: those that exec()
# load it each, or map it when it is compiled; those that fork() have their
# parent's. Prints memory (Pss: shared pages are divided among the processes)
# and the time to start. Run in a build tree: make bench-processes
set -u
library=$(pwd)/preload/.libs/libtcp2vsock.so
rules=${RULES:-100000} processes=${PROCESSES:-50}
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
mkfifo "$work/ready" "$work/end"

awk -v n="$rules" 'BEGIN {
	for (i = 0; i < n; i++)
		printf "connect 10.%d.%d.%d:5432 = vsock:%d:%d\n", i / 65536,
			i / 256 % 256, i % 256, 3 + i % 50, 1024 + i
}' >"$work/table"
echo 'connect 10.0.0.0:5432 = vsock:3:1024' >"$work/small"
./run tcp2vsock -f "$work/table" --compile="$work/compiled" || exit

# sum FIELD PID...: of /proc/PID/smaps_rollup, in KiB
sum()
{
	field=$1
	shift
	for pid; do
		sed -n "s/^$field: *\([0-9]*\) kB/\1/p" "/proc/$pid/smaps_rollup"
	done | awk '{ all += $1 } END { print all }'
}

wait_for_all()
{
	n=$processes
	while [ "$n" -gt 0 ]; do
		read -r pid <&3
		pids="$pids $pid"
		n=$((n - 1))
	done
}

# memory WHAT TABLE SCRIPT: the processes of SCRIPT say who they are on
# descriptor 3, and end with the fifo.
memory()
{
	pids=
	exec 3<>"$work/ready" 4<>"$work/end"
	$3 "$2"
	wait_for_all
	# shellcheck disable=SC2086
	printf '%-36s %8d KiB each\n' "$1" $(($(sum Pss $pids) / processes))
	# shellcheck disable=SC2086
	kill $pids
	exec 3>&- 4>&-
	wait
}

wait_here='echo $$ >&3; read -r nothing <&4'

by_exec()
{
	n=0
	while [ $n -lt "$processes" ]; do
		LD_PRELOAD=$library TCP2VSOCK_CONFIG=$1 sh -c "$wait_here" &
		n=$((n + 1))
	done
}

by_fork()
{
	LD_PRELOAD=$library TCP2VSOCK_CONFIG=$1 sh -c '
		echo $$ >&3
		n=1
		while [ $n -lt '"$processes"' ]; do
			(read -r pid rest </proc/self/stat
			echo "$pid" >&3; read -r nothing <&4) &
			n=$((n + 1))
		done
		wait' &
}

# start WHAT TABLE: the mean time of 20 starts of true(1), in milliseconds.
start()
{
	printf '%-36s %8.1f ms\n' "$1" "$(perl -MTime::HiRes=time -e '
		$ENV{LD_PRELOAD} = $ARGV[0] if $ARGV[1];
		$ENV{TCP2VSOCK_CONFIG} = $ARGV[1] if $ARGV[1];
		my $begin = time;
		for (1 .. 20) { system("/bin/true") == 0 or die }
		print 50 * (time() - $begin)' "$library" "$2")"
}

start 'start without the library' ''
start 'start with one rule' "$work/small"
start "start with $rules rules" "$work/table"
start "start with $rules compiled ones" "$work/compiled"
memory "$processes by exec, with one rule" "$work/small" by_exec
memory "$processes by exec, with $rules rules" "$work/table" by_exec
memory "$processes by exec, compiled ones" "$work/compiled" by_exec
memory "$processes by fork, with $rules rules" "$work/table" by_fork
