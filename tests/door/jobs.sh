#!/bin/sh
# SPDX-License-Identifier: MIT
# A shell with jobs, supervised, and a supervised job of a shell: the terminal
# shows what it shows without us.
. "${srcdir:=.}/tests/launcher/lib.sh"

here=$srcdir/tests/door
python3 "$here/jobs.py" env >"$tmp/plain" 2>&1
python3 "$here/jobs.py" tcp2vsock --engine=supervise -m '*:* = refuse' -- \
	>"$tmp/supervised" 2>&1
run_it diff -u "$tmp/plain" "$tmp/supervised"
want_status 0
run_it grep -c '^status [56]$' "$tmp/plain"
want_exactly 2
finish
