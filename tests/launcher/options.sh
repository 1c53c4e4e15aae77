#!/bin/sh
# SPDX-License-Identifier: MIT
# The command line.
. "${srcdir:=.}/tests/launcher/lib.sh"

run_it tcp2vsock --help
want_status 0
want_quiet
want_out '^usage: tcp2vsock '
for option in -m -f -v --check --print --explain --engine --force --help \
	--version; do
	want_out "(^|[ ,])$option"
done
checks=$((checks + 2))
[ "$(wc -l <"$tmp/out")" -le 24 ] || fail "more than a screen of help"
[ "$(wc -L <"$tmp/out")" -le 80 ] || fail "a line wider than a screen"
run_it tcp2vsock --version
want_status 0
want_out '^tcp2vsock [0-9]+\.[0-9]+\.[0-9]+$'
for option in -h --help -V --version; do
	tcp2vsock "$option" >"$tmp/says$option"
done
run_it cmp "$tmp/says-h" "$tmp/says--help"
want_status 0
run_it cmp "$tmp/says-V" "$tmp/says--version"
want_status 0
run_it sh -c 'tcp2vsock --help >/dev/full'
want_status 125

refused 'no rules: .*-m.*-f' tcp2vsock
refused 'no rules: .*-m.*-f' tcp2vsock touch "$tmp/ran"
refused 'no command' tcp2vsock -m "$rule"
refused 'no command' tcp2vsock -m "$rule" --
refused "requires an argument -- 'm'" tcp2vsock -m
refused "requires an argument -- 'f'" tcp2vsock -m "$rule" -f
refused 'name of a file' tcp2vsock -f '' touch "$tmp/ran"
refused 'invalid option' tcp2vsock -x -m "$rule" touch "$tmp/ran"
refused 'unrecognized option' tcp2vsock --nope -m "$rule" touch "$tmp/ran"
refused 'none: no engine' tcp2vsock --engine=none -m "$rule" touch "$tmp/ran"
TCP2VSOCK_ENGINE=none refused 'none: no engine' \
	tcp2vsock -m "$rule" touch "$tmp/ran"
refused "try 'tcp2vsock --help'" tcp2vsock -q touch "$tmp/ran"
echo "$rule" >"$tmp/rules"
refused "did you mean -f '$tmp/rules'" \
	tcp2vsock -m "$tmp/rules" touch "$tmp/ran"
refused "did you mean -m '$rule'" tcp2vsock -f "$rule" touch "$tmp/ran"
refused 'given once' tcp2vsock -f "$tmp/rules" -f "$tmp/rules" touch "$tmp/ran"

# A trace or log that nobody could read is told of before the command runs.
refused "^tcp2vsock: --trace: can't write to $tmp/none/file: No such file" \
	tcp2vsock --trace="$tmp/none/file" -m "$rule" touch "$tmp/ran"
for name in TCP2VSOCK_TRACE TCP2VSOCK_LOG; do
	refused "$name: can't write to $tmp/none/file: No such file" \
		env "$name=$tmp/none/file" \
		tcp2vsock -v -m "$rule" touch "$tmp/ran"
done

# The command's own options are left alone, with and without "--".
run_it tcp2vsock -m "$rule" echo -m --check -- -f
want_exactly '-m --check -- -f'
run_it tcp2vsock -m "$rule" -- echo -v
want_exactly '-v'
run_it tcp2vsock "--map=$rule" --file="$tmp/rules" printenv TCP2VSOCK_CONFIG
want_exactly "$tmp/rules"

# -v asks the library to log on stderr, unless a log is already asked for.
run_it tcp2vsock -m "$rule" printenv TCP2VSOCK_LOG
want_status 1
run_it tcp2vsock -v -m "$rule" printenv TCP2VSOCK_LOG
want_exactly -
TCP2VSOCK_LOG=$tmp/log run_it tcp2vsock -v -m "$rule" printenv TCP2VSOCK_LOG
want_exactly "$tmp/log"
TCP2VSOCK_LOG='' run_it tcp2vsock -v -m "$rule" printenv TCP2VSOCK_LOG
want_exactly -
finish
