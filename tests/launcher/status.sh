#!/bin/sh
# SPDX-License-Identifier: MIT
# The exit status: the program's own, or 125, 126, 127.
. "${srcdir:=.}/tests/launcher/lib.sh"

t2v() {
	run_it tcp2vsock -m "$rule" "$@"
}

for n in 0 1 3 124 125 126 127 255; do
	t2v sh -c "exit $n"
	want_status $n
	want_quiet
done
for signal in TERM KILL SEGV PIPE; do
	run_it sh -c "kill -$signal \$\$"
	wanted=$status
	t2v sh -c "kill -$signal \$\$"
	want_status "$wanted"
done

# The program is this very process: no child in between, the same arguments.
run_it sh -c 'echo $$; exec tcp2vsock -m "$1" sh -c "echo \$\$"' - "$rule"
want_status 0
checks=$((checks + 1))
[ "$(sort -u "$tmp/out" | wc -l)" = 1 ] || fail "another process"
t2v sh -c 'echo "$0|$1|$2"' 'a b' '' '-m'
want_exactly 'a b||-m'

t2v no-such-command-anywhere
want_status 127
want_err '^tcp2vsock: no-such-command-anywhere: No such file'
t2v /no/such/file
want_status 127
t2v ''
want_status 127
t2v "$tmp"
want_status 126
t2v /etc/passwd
want_status 126
want_err '^tcp2vsock: /etc/passwd: Permission denied'
printf '\177ELFgarbage' >"$tmp/broken"
chmod +x "$tmp/broken"
t2v "$tmp/broken"
want_status 126
printf '#!/no/such/interpreter\n' >"$tmp/orphan"
chmod +x "$tmp/orphan"
t2v "$tmp/orphan"
want_status 127
want_err "orphan: can't run /no/such/interpreter"

# PATH is walked as execvp() walks it: past folders, what may not be run, and
# scripts whose interpreter is missing.
mkdir -p "$tmp/1/prog" "$tmp/2" "$tmp/3" "$tmp/4"
echo 'echo no' >"$tmp/2/prog"
cp "$tmp/orphan" "$tmp/3/prog"
printf '#!/bin/sh\necho four\n' >"$tmp/4/prog"
chmod +x "$tmp/4/prog"
PATH=$tmp/1:$tmp/2:$tmp/none:$tmp/3:$tmp/4:$PATH t2v prog
want_status 0
want_exactly four
PATH=$tmp/1:$tmp/2:$PATH t2v prog
want_status 126
PATH=:$PATH run_it env -C "$tmp/4" tcp2vsock -m "$rule" prog
want_status 0
want_exactly four

# What execve() does not know, execvp() gives to the shell.
echo 'echo plain text' >"$tmp/text"
chmod +x "$tmp/text"
t2v "$tmp/text"
want_status 0
want_exactly 'plain text'
: >"$tmp/empty"
chmod +x "$tmp/empty"
t2v "$tmp/empty"
want_status 0

# Interpreters of interpreters, up to the kernel's limit and past it.
printf '#!/bin/sh\necho deep\n' >"$tmp/s0"
chmod +x "$tmp/s0"
for n in 1 2 3 4 5 6; do
	printf '#!%s/s%d\n' "$tmp" $((n - 1)) >"$tmp/s$n"
	chmod +x "$tmp/s$n"
	wanted=0
	"$tmp/s$n" >/dev/null 2>&1 || wanted=126
	t2v "$tmp/s$n"
	want_status "$wanted"
done
finish
