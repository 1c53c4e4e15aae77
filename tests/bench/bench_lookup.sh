#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What a lookup does in tables of each size, counted by valgrind, so that the
# figures don't depend on what else the machine does: instructions, and misses
# of a first cache of 32 KiB and a last one of 8 MiB. The difference between two
# numbers of lookups is a lookup's. Run in a build tree: make bench-lookup
set -u
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

# count LOOKUPS SHAPE: instructions, first and last misses within map_lookup()
count()
{
	valgrind --tool=callgrind --toggle-collect=map_lookup --cache-sim=yes \
		--D1=32768,8,64 --LL=8388608,16,64 \
		--callgrind-out-file="$work/out" \
		tests/bench/bench_table "$1" "$2" >"$work/log" 2>&1 || {
		cat "$work/log" >&2
		exit 1
	}
	# Ir Dr Dw I1mr D1mr D1mw ILmr DLmr DLmw
	sed -n 's/^summary: //p' "$work/out" |
		awk '{ print $1, $5 + $6, $8 + $9 }'
}

printf '%-24s %12s %12s %12s\n' 'a lookup in' instructions 'first misses' \
	'last misses'
shape=0
for table in '1 rule' '1000 rules' '100000 rules' '1000 blocks' '10000 names'
do
	few=$(count 4096 $shape) && many=$(count 20480 $shape) || exit
	# Five runs each of three kinds of question: random, the same, no rule.
	echo "$few $many" | awk -v table="$table" '{
		n = 16384 * 15
		printf "%-24s %12.1f %12.2f %12.2f\n", table, ($4 - $1) / n,
			($5 - $2) / n, ($6 - $3) / n
	}'
	shape=$((shape + 1))
done
