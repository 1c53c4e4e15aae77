#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/faults once more, its sockets redirected to a hybrid vsock, and to Unix
# sockets. In the top of a build tree.
set -u
srcdir=${srcdir:-$(dirname "$0")/../..}
. "$srcdir/tests/hybrid/lib.sh"
command -v strace >/dev/null || {
	echo "no strace"
	[ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ] && exit 99
	exit 77
}
[ $# -gt 0 ] || set -- connect nonblocking refused bind accept names

export FAULTS_CONNECT="EAGAIN EACCES ENOENT ECONNREFUSED EPROTOTYPE ENOMEM EINTR"
# with TARGET CALL...
with()
{
	FAULTS_MAP="127.0.0.1:21000-28999 = $1 timeout=20s"
	export FAULTS_MAP
	shift
	RIG_TMP=$dir "$srcdir/tests/faults/inside.sh" \
		"$PWD/tests/faults/faults" "$library" "$@" >"$dir/said"
	status=$?
	cat "$dir/said"
	read -r p _ f _ <<-END
		$(grep ' passed, ' "$dir/said" || echo 0 passed, 0 failed)
	END
	[ $status -eq 0 ] || [ "$f" -gt 0 ] || f=1
	passed=$((passed + p)) failed=$((failed + f))
}
with "hvsock:$path:*" "$@"
with "unix:${path}_to_%p" "$@"
finish
