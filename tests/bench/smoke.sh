#!/bin/bash
# SPDX-License-Identifier: MIT
#
# That the measuring programs work, with counts so small that the figures say
# nothing: each writes all the lines that it is to write, and no figure is 0.
set -u
cd "${builddir:-.}" || exit 99
here=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd)/tests/bench
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# expect WHAT LINES PATTERN FILE: as many lines, all like the pattern.
expect()
{
	if [ "$(wc -l <"$4")" -eq "$2" ] &&
		[ "$(grep -cxE -e "$3" "$4")" -eq "$2" ]; then
		passed=$((passed + 1))
		return
	fi
	failed=$((failed + 1))
	echo "FAIL: $1: not $2 lines like $3 but"
	cat "$4"
}

figure='[1-9][0-9]*'

"$here/../rig/run" --timeout 300 --keep "$work" -- bash -c "
	'$here/traffic.sh' 60 1 20 connect,1,1,2 ask,1,2 send,64,1 \
		receive,4096,1 >'$work/traffic' &&
	'$here/door.sh' 1 20 connect,1 ask,1 >'$work/door' &&
	'$here/idle.sh' 20 2 library socat >'$work/idle' &&
	LD_PRELOAD=$PWD/preload/.libs/libtcp2vsock.so \
		TCP2VSOCK_MAP='127.0.0.1:20000-20009 = vsock:local:30000-30009' \
		tests/instructions/calls 20000 1"
status=$?
[ $status -eq 77 ] && exit 77
[ $status -eq 0 ] && passed=1 || failed=1
"$here/start.sh" 2 >"$work/start"

# The calls that are priced are those that the library adds.
added()
{
	sed -n "s/^$1  .* +[0-9]* *//p" "$here/../syscalls/expected" |
		tr ',' '\n' | awk '{
			n = NF > 1 ? $1 : 1
			while (n-- > 0) print $NF
		}' | sort
}

priced()
{
	strace -o "$work/trace" tests/bench/price "$1" &&
		sed -n '/^write(-1, /,/^write(-1, "stop"/s/(.*//p' \
			"$work/trace" | grep -v '^write$' | sort
}

price()
{
	local where
	for where in connect,connect,\ blocking accept,accept; do
		priced "${where%%,*}" >"$work/priced"
		added "${where#*,}" >"$work/added"
		[ -s "$work/added" ] && cmp "$work/added" "$work/priced" ||
			return
	done
}

tests/bench/price any >"$work/price"
if [ $? -ne 77 ]; then
	# Two are differences, which other work can turn around.
	expect price 41 "-?[0-9]+,-?[0-9]+,$figure" "$work/price"
	if price; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL: price makes other calls (<) than the library adds"
		diff "$work/priced" "$work/added"
	fi
fi

expect traffic 24 "[a-z]+,[0-9]+,[0-9]+,[a-z]+,1,$figure" "$work/traffic"
expect door "$([ -x tests/bench/door ] && echo 12 || echo 8)" \
	"[a-z]+,1,1,[a-z-]+,1,$figure" "$work/door"
"$here/filter.sh" 1 >"$work/filter"
[ ! -s "$work/filter" ] ||
	expect filter 3 "[a-z]+,$figure.[0-9],$figure.[0-9]" "$work/filter"
expect idle 4 "[a-z]+,$figure,$figure,[0-9]+" "$work/idle"
expect start 8 "(true|python3)[^,]*,100*,$figure,$figure" "$work/start"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
