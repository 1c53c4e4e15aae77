#!/bin/sh
# SPDX-License-Identifier: MIT
# The manual and the README say what is so: options, variables, rules, errors.
. "${srcdir:=.}/tests/launcher/lib.sh"

manual=$srcdir/doc/tcp2vsock.1
conf=$srcdir/doc/tcp2vsock.conf.5
readme=$srcdir/README.md

if command -v mandoc >/dev/null; then
	for page in "$srcdir"/doc/*.[1-8]; do
		run_it mandoc -T lint -W warning "$page"
		want_status 0
	done
else
	cannot "the manuals' markup: no mandoc"
fi

# Every option, and every variable that the sources know, is in the manual.
tcp2vsock --help | sed -n 's/^  .* --\([a-z0-9]*\).*/\1/p' >"$tmp/options"
find "$srcdir"/launcher "$srcdir"/config "$srcdir"/preload "$srcdir"/redirect \
	-name "*.c" -exec cat {} + |
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
want_out '^ *17 .*options'

# The guide to the source names files that are there.
grep -o '`[a-z]*/[a-z0-9_./*-]*`' "$srcdir/HACKING.md" |
	tr -d '`' | sort -u >"$tmp/named"
checks=$((checks + 1))
[ "$(wc -l <"$tmp/named")" -ge 20 ] || fail "no file is named"
while IFS= read -r name; do
	# Unquoted: "hooks_*.c" stands for all of them.
	run_it ls -d "$srcdir"/$name
	want_status 0
done <"$tmp/named"

# The tables that they show are right.
literal='/^\.Bd -literal/,/^\.Ed/'
sed -n "$literal{/]: /d; / = /p;}" "$manual" >"$tmp/tables-1"
sed -n "$literal{/^[^ ].* = /p;}" "$conf" >"$tmp/tables-5"
sed -n '/^```rules/,/^```/p' "$readme" | grep -v '^```' >"$tmp/tables-readme"
cp "$srcdir/doc/example.conf" "$tmp/tables-example"
for table in "$tmp"/tables-*; do
	run_it tcp2vsock --check -f "$table"
	want_status 0
	run_it grep -c = "$table"
	want_out '^[7-9]$|^[1-9][0-9]$'
done

# So are the rules of the examples, and none shadows another.
sed -n "s/^\.Dl tcp2vsock \(-m '.*'\) .*/\1/p" "$manual" >"$tmp/examples"
while IFS= read -r example; do
	eval "run_it tcp2vsock --check $example"
	want_status 0
	want_quiet
done <"$tmp/examples"
run_it wc -l "$tmp/examples"
want_out '^ *3 '

# So is the error.
TCP2VSOCK_MAP='connect 10.0.0.5:5432=vsok:2:5432' run_it tcp2vsock --check
want_status 125
while IFS= read -r line; do
	checks=$((checks + 1))
	grep -qxF -- "$line" "$conf" || fail "not in the manual: $line"
done <"$tmp/err"
run_it tcp2vsock --check -m 'connect 10.0.0.5:5432 = vsok:2:5432'
while IFS= read -r line; do
	checks=$((checks + 1))
	grep -qxF -- "    $line" "$readme" || fail "not in the README: $line"
done <"$tmp/err"
finish
