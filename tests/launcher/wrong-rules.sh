#!/bin/sh
# SPDX-License-Identifier: MIT
# A wrong rule stops the program before it starts: through the command, and
# with the library preloaded by hand.
. "${srcdir:=.}/tests/launcher/lib.sh"

list=$srcdir/tests/unit/wrong-rules.txt
rules=0

# want_line TEXT: a whole line of stderr.
want_line() {
	checks=$((checks + 1))
	grep -qxF -- "$1" "$tmp/err" || fail "wanted on stderr: $1"
}

# by_hand VARIABLE VALUE PATTERN: the library without the command.
by_hand() {
	refused "$3" env "$1=$2" LD_PRELOAD="$TCP2VSOCK_LIBRARY" \
		touch "$tmp/ran"
}

# all_ways RULE LINE:COLUMN WHAT
all_ways() {
	refused '^ +\^~*$' tcp2vsock -m "$1" touch "$tmp/ran"
	want_line "-m:$2: $3"
	by_hand TCP2VSOCK_MAP "$1" '^ +\^~*$'
	want_line "TCP2VSOCK_MAP:$2: $3"
	printf '%s\n' "$1" >"$tmp/rules"
	by_hand TCP2VSOCK_CONFIG "$tmp/rules" '^ +\^~*$'
	want_line "$tmp/rules:$2: $3"
}

# "> RULE", then "error LINE:COLUMN+WIDTH WHAT"
while IFS= read -r line; do
	case $line in
	'> '*)
		wrong=${line#> }
		;;
	'error '*)
		rules=$((rules + 1))
		place=${line#error }
		all_ways "$wrong" "${place%%+*}" "${place#* }"
		;;
	esac
done <"$list"
checks=$((checks + 1))
[ "$rules" -ge 30 ] || fail "only $rules wrong rules in $list"

by_hand TCP2VSOCK_CONFIG "$tmp/none" "^$tmp/none: "
by_hand TCP2VSOCK_CONFIG "$tmp" "^$tmp: "
# The command says who named a file that is not there.
refused "^tcp2vsock: TCP2VSOCK_CONFIG names $tmp/none: correct that, or unset" \
	env TCP2VSOCK_CONFIG="$tmp/none" tcp2vsock touch "$tmp/ran"
refused "^$tmp/none: can't read the file: No such file" \
	tcp2vsock -f "$tmp/none" touch "$tmp/ran"
checks=$((checks + 1))
! grep -q TCP2VSOCK_CONFIG "$tmp/err" || fail 'it was -f that named the file'
# The same ways with right rules do run.
for right in "TCP2VSOCK_MAP=$rule" TCP2VSOCK_MAP= TCP2VSOCK_CONFIG=; do
	rm -f "$tmp/ran"
	run_it env "$right" LD_PRELOAD="$TCP2VSOCK_LIBRARY" touch "$tmp/ran"
	want_status 0
	want_quiet
	checks=$((checks + 1))
	[ -e "$tmp/ran" ] || fail "the program has not run"
done
finish
