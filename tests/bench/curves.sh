#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What a connection costs as something grows: curve.c over TCP, over AF_VSOCK as
# one writes it by hand, and with the library. Runs in the test kernel
# (tests/rig/run), in the top of a build tree. Writes for each way in turn
#
#	WHAT,N,TURN,WAY,NANOSECONDS,KIB
#
# the least of a turn's rounds, which other programs disturb least, and the
# memory that the N took.
#
#	curves.sh TURNS WHAT...
set -u
turns=$1
shift
curve=$(pwd)/tests/bench/curve
library=$(pwd)/preload/.libs/libtcp2vsock.so
used=0
ulimit -n 1048576 2>/dev/null
sysctl -qw fs.nr_open=1048576 kernel.pid_max=65536 2>/dev/null

# The rule that is used is the last.
table()
{
	case $1 in
	rules) form='connect 10.%d.%d.%d:5432 = vsock:3:*\n' ;;
	names) form='connect h%d-%d-%d.internal:5432 = vsock:3:5432\n' ;;
	*) set -- "$1" 1 ;;
	esac
	if [ "$2" -gt 1 ]; then
		awk -v n="$2" -v form="${form/:\*/:5432}" 'BEGIN {
			for (i = 1; i < n; i++)
				printf form, i / 65536, i / 256 % 256, i % 256
		}'
	fi
	echo '127.0.0.1:20000-20999 = vsock:local:20000-20999'
}

# once WAY WHAT N
once()
{
	local family=tcp port=20000 with=() what=$2 rounds=40
	case $what in
	rules | names) what=nothing ;;
	clients) rounds=2 ;;
	esac
	used=$((used + 1))
	case $1 in
	tcp) port=7000 ;;
	raw) family=vsock port=30000 ;;
	library) with=(env "LD_PRELOAD=$library"
		"TCP2VSOCK_CONFIG=$RIG_TMP/table") ;;
	esac
	"${with[@]}" "$curve" "$family" $((port + used)) "$what" "$3" $rounds \
		>"$RIG_TMP/figures" || return 1
	kib=$(head -n 1 "$RIG_TMP/figures")
	ns=$(tail -n +2 "$RIG_TMP/figures" | sort -n | head -n 1)
}

for what; do
	case $what in
	open) sizes="1 100 1000 10000" ;;
	sets) sizes="1 10 100 1000" ;;
	numbers) sizes="1 1000 10000 60000" ;; # fs.file-max
	threads) sizes="1 4 16 64" ;;
	children) sizes="1 10 100 500" ;;
	rules) sizes="1 100 10000 100000" ;;
	names) sizes="1 100 1000 10000" ;;
	clients) sizes="1 10 100 1000" ;;
	esac
	for n in $sizes; do
		table "$what" "$n" >"$RIG_TMP/table"
		for ((turn = 1; turn <= turns; turn++)); do
			for way in tcp library raw; do
				once $way "$what" "$n" && echo \
					"$what,$n,$turn,$way,$ns,$kib"
			done
		done
	done
done
