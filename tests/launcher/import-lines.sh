#!/bin/sh
# SPDX-License-Identifier: MIT
# --import: lines and files of the kinds that people have, and their rules.
. "${srcdir:=.}/tests/launcher/lib.sh"
here=$srcdir/tests/launcher/import

rules_of() {
	grep -v '^#' "$1"
}

# Each line by itself: its rules and no others, or the reason.
judge() {
	[ "$line" ] || return 0
	run_it sh -c 'tcp2vsock --import <"$1"' sh "$tmp/line"
	last=$line
	if [ "$reason" ]; then
		want_status 1
		want_out "^# Not translated.*$reason"
		want_err "$reason"
	else
		want_status 0
		want_quiet
	fi
	checks=$((checks + 1))
	rules_of "$tmp/out" >"$tmp/given"
	cmp -s "$tmp/given" "$tmp/wanted" || fail "wanted: $(cat "$tmp/wanted")"
	lines=$((lines + 1))
}

lines=0 line='' reason=''
tab=$(printf '\t')
while IFS= read -r next; do
	case $next in
	'' | '#'*) ;;
	"$tab!"*) reason=${next#"$tab!"} ;;
	"$tab"*) printf '%s\n' "${next#"$tab"}" >>"$tmp/wanted" ;;
	*)
		judge
		line=$next reason=''
		: >"$tmp/wanted"
		printf '%s\n' "$line" >"$tmp/line"
		;;
	esac
done <"$here/lines"
judge
last='lines'
checks=$((checks + 1))
[ "$lines" -ge 40 ] || fail "only $lines lines were tried"

# All of them at once: the ones that can't be translated take no others along.
grep -v "^[#$tab]" "$here/lines" >"$tmp/all"
run_it sh -c 'tcp2vsock --import <"$1"' sh "$tmp/all"
want_status 1
for port in 5432 91 8001 5446; do
	want_out "^connect 127.0.0.1:$port = "
done
run_it sh -c 'tcp2vsock --import --strict <"$1"' sh "$tmp/all"
want_status 125
want_exactly ''

# Whole files: FILE and FILE.rules, which begins with "# status N".
files=0
for wanted in "$here"/files/*.rules; do
	file=${wanted%.rules}
	files=$((files + 1))
	run_it tcp2vsock --import "$file"
	want_status "$(sed -n '1s/^# status //p' "$wanted")"
	rules_of "$tmp/out" >"$tmp/given"
	rules_of "$wanted" >"$tmp/wanted"
	checks=$((checks + 1))
	cmp -s "$tmp/given" "$tmp/wanted" || fail "wanted: $(cat "$tmp/wanted")"
	cp "$tmp/out" "$tmp/named"
	run_it sh -c 'tcp2vsock --import <"$1"' sh "$file"
	checks=$((checks + 1))
	[ "$(rules_of "$tmp/out")" = "$(rules_of "$tmp/named")" ] ||
		fail "standard input gives other rules than $file"
done
last='files'
checks=$((checks + 1))
[ "$files" -ge 6 ] || fail "only $files files were tried"

finish
