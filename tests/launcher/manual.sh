#!/bin/sh
# SPDX-License-Identifier: MIT
# The manual and the README say what is so: options, variables, rules, errors.
. "${srcdir:=.}/tests/launcher/lib.sh"

manual=$srcdir/doc/tcp2vsock.1
readme=$srcdir/README.md

if command -v mandoc >/dev/null; then
	run_it mandoc -T lint -W warning "$manual"
	want_status 0
else
	cannot "the manual's markup: no mandoc"
fi

# Every option, and every variable that the sources know, is in the manual.
tcp2vsock --help | sed -n 's/^  .* --\([a-z]*\).*/\1/p' >"$tmp/options"
cat "$srcdir"/launcher/*.c "$srcdir"/config/*.c "$srcdir"/preload/*.c |
	grep -o '"TCP2VSOCK_[A-Z_]*' | tr -d '"' | sort -u >"$tmp/variables"
run_it cat "$manual"
for name in $(cat "$tmp/options"); do
	want_out "Fl -$name( |$)"
done
for name in $(cat "$tmp/variables"); do
	want_out "Ev $name( |$)"
done
sed -n 's/.*Ev \(TCP2VSOCK_[A-Z_]*\).*/\1/p' "$manual" | sort -u >"$tmp/said"
run_it diff "$tmp/variables" "$tmp/said"
want_status 0
run_it wc -l "$tmp/options" "$tmp/variables"
want_out '^ *9 .*options'

# The tables that they show are right.
sed -n '/^\.Bd -literal/,/^\.Ed/p' "$manual" | grep -E ' = ' |
	grep -v 'vsok\|^  ' >"$tmp/manual-table"
run_it tcp2vsock --check -f "$tmp/manual-table"
want_status 0
want_quiet
sed -n '/^```rules/,/^```/p' "$readme" | grep -v '^```' >"$tmp/readme-table"
run_it tcp2vsock --check -f "$tmp/readme-table"
want_status 0
want_quiet
checks=$((checks + 2))
[ "$(wc -l <"$tmp/manual-table")" -ge 10 ] || fail "no table in the manual"
[ "$(wc -l <"$tmp/readme-table")" -ge 5 ] || fail "no table in the README"

# So is the error.
run_it tcp2vsock --check -m 'connect 10.0.0.5:5432 = vsok:2:5432'
want_status 125
while IFS= read -r line; do
	checks=$((checks + 1))
	grep -qxF -- "$line" "$manual" || fail "not in the manual: $line"
done <"$tmp/err"
finish
