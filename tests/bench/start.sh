#!/bin/sh
# SPDX-License-Identifier: MIT
#
# How much longer a program takes to start. Runs on this machine, in the top of
# a build tree. Writes for each turn
#
#	COMMAND,RULES,WITHOUT_US,WITH_US
#
#	start.sh TURNS
set -u
library=$(pwd)/preload/.libs/libtcp2vsock.so
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

# each NAME RULES TURNS COMMAND...
each()
{
	name=$1 rules=$2 turns=$3
	shift 3
	awk -v n="$rules" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "connect 10.%d.%d.%d:5432 = vsock:%d:%d\n",
				i / 65536, i / 256 % 256, i % 256, 3 + i % 50,
				1024 + i
	}' >"$work/table"
	tests/bench/start "$library" "$work/table" "$turns" "$@" |
		sed "s/^/$name,$rules,/"
}

# What any library takes: this one of glibc's has nothing in it any more.
each_empty()
{
	local library=libdl.so.2
	each "true; libdl.so.2 in its place" 10 "$1" /bin/true
}

each_empty "$1"
for rules in 10 100000; do
	turns=$1
	[ $rules = 10 ] || turns=$((turns / 5 + 1))
	each true $rules "$turns" /bin/true
	each python3 $rules "$turns" /usr/bin/python3 -c pass
done
