#!/bin/sh
# SPDX-License-Identifier: MIT
# A wrong rule stops the program before it starts: through the command, and
# with the library preloaded by hand.
. "${srcdir:=.}/tests/launcher/lib.sh"

list=$srcdir/tests/launcher/wrong-rules
rules=0

# by_hand VARIABLE VALUE: the library alone, as a user without the command.
by_hand() {
	refused "$3" env "$1=$2" LD_PRELOAD="$TCP2VSOCK_LIBRARY" \
		"$(command -v touch)" "$tmp/ran"
}

while IFS= read -r wrong; do
	case $wrong in
	'' | '#'*) continue ;;
	esac
	rules=$((rules + 1))
	refused '^-m:1:[0-9]+: ' tcp2vsock -m "$rule" -m "$wrong" \
		touch "$tmp/ran"
	want_err '^ +\^~*$'
	by_hand TCP2VSOCK_MAP "$rule
$wrong" '^TCP2VSOCK_MAP:2:[0-9]+: '
	printf '%s\n%s\n' "$rule" "$wrong" >"$tmp/rules"
	by_hand TCP2VSOCK_CONFIG "$tmp/rules" "^$tmp/rules:2:[0-9]+: "
done <"$list"
checks=$((checks + 1))
[ "$rules" -ge 30 ] || fail "only $rules wrong rules in $list"

by_hand TCP2VSOCK_CONFIG "$tmp/none" "^$tmp/none: "
# The same ways with right rules do run.
rm -f "$tmp/ran"
run_it env "TCP2VSOCK_MAP=$rule" LD_PRELOAD="$TCP2VSOCK_LIBRARY" \
	touch "$tmp/ran"
want_status 0
want_quiet
[ -e "$tmp/ran" ] || fail "the program has not run"
finish
