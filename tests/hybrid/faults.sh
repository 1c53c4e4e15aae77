#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/faults once more, its sockets redirected to a hybrid vsock. In the top of
# a build tree.
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
FAULTS_MAP="127.0.0.1:21000-28999 = hvsock:$path:* timeout=20s" RIG_TMP=$dir \
	"$srcdir/tests/faults/inside.sh" "$PWD/tests/faults/faults" \
	"$library" "$@"
