#!/bin/sh
# SPDX-License-Identifier: MIT
# Unix sockets without a monitor: the parity program, or with TCP2VSOCK_TESTS_ALL
# unset what opens, binds, copies and hands on sockets of it; then what a TCP
# program sees of files that are missing, stale, forbidden or full.
set -u
srcdir=${srcdir:-$(dirname "$0")/../..}
target=unix
. "$srcdir/tests/hybrid/lib.sh"

# ---- parity ----------------------------------------------------------------

# parity WANTED: the checks that match
parity()
{
	# shellcheck disable=SC2046
	"$srcdir/tests/hybrid/parity.sh" unix \
		$(tests/parity/parity --list | grep -E "$1") >"$dir/parity"
	status=$?
	grep -v ' passed, ' "$dir/parity"
	[ $status -le 1 ] || exit $status
	read -r p _ f _ s _ <<-END
		$(tail -n 1 "$dir/parity" | tr -d ,)
	END
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

if [ "${TCP2VSOCK_TESTS_ALL:-}" ]; then
	parity .
else
	parity '^(accept|bind|connect|epoll|several)/'
fi
echo "Under the supervisor:"
PARITY_DOOR=supervise parity '^fork/|^copies/dup|^connect/(two|wild|nonb.*succ)'

# ---- clients and servers ---------------------------------------------------

cat >"$dir/rules" <<END
connect 127.0.0.9:* = refuse
listen 127.0.0.9:* = direct
connect 10.9.0.1:* = unix:${path}_%p
connect 10.9.0.2:* = unix:$dir/none_%p
connect 10.9.0.3:* = unix:${path}_%p timeout=20s
connect 10.9.0.5:1 = unix:$dir/file
connect 10.9.0.6:1 = unix:$dir/file/below
connect 10.9.0.7:1 = unix:$path.locked
connect 10.9.0.8:1 = unix:$path.stuck timeout=300ms
10.9.0.9:20 = unix:@$path
listen *:13 = unix:$dir/none/v.sock_%p
listen *:15 = unix:${LONG_PATH}_%p
listen *:19 = unix:$dir/closed/v.sock_%p
listen *:20 = unix:@$path
listen *:* = unix:${path}_%p
END
mkfifo "$dir/serving" "$dir/served" || exit 99
redirected "$python" "$srcdir/tests/hybrid/client.py" serve 1 \
	<"$dir/serving" >"$dir/served" &
exec 9>"$dir/serving"
read -r word <"$dir/served" && [ "$word" = ready ] || exit 99

check_alike
check nonblocking "EINPROGRESS
0
0
EISCONN
EINPROGRESS"
check no_monitor ECONNREFUSED
check full_backlog "ETIMEDOUT EINPROGRESS
ECONNREFUSED"
check abstract "10.9.0.9 ('10.9.0.9', 20) b'x' EADDRINUSE
ECONNREFUSED"
check unreachable "ECONNREFUSED ECONNREFUSED
EADDRNOTAVAIL
EADDRINUSE"

# logged WHAT: the lines that -v writes of it
logged()
{
	TCP2VSOCK_LOG=- client "$1" |
		sed -n 's/^tcp2vsock\[[0-9]*\]: //p' | sed "s,$dir,DIR,g"
}
judge "the log says what was there" \
	"connect 10.9.0.2:1 -> unix:DIR/none_1 ECONNREFUSED (the kernel: ENOENT)" \
	"$(logged no_monitor)"
judge "... of a stale file" \
	"connect 10.9.0.3:18 -> unix:DIR/v.sock_18 EINPROGRESS
connect 10.9.0.3:18 -> unix:DIR/v.sock_18 ECONNREFUSED" \
	"$(logged nobody_serves)"
finish
