#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Where AF_VSOCK has a loopback. At the end no vsock socket may be there, nor an
# entry of TCP's that wasn't.
#
#   inside.sh PROGRAM LIBRARY SECONDS
set -u

program=$1 library=$2 seconds=$3
PATH=$PATH:/usr/sbin:/sbin
export PATH

sockets() {
	ss -H --vsock -a
}

# Each line of /proc/net/tcp has the state in its fourth field; 07 is closed.
tcp_sockets() {
	cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '$4 ~ /^0[1-6]$/'
}

sockets >"$RIG_TMP/before"
tcp_sockets >"$RIG_TMP/tcp-before"
env LD_PRELOAD="$library" TCP2VSOCK_MAP='
	127.0.0.1:21000-21999 = vsock:local:*
	[::1]:21000-21999 = vsock:local:*
	connect soak.internal:21000-21999 = vsock:local:*' \
	"$program" 21000 "$seconds"
status=$?

# A socket that was closed lives on until its peer has confirmed, for 8 seconds
# at most (VSOCK_CLOSE_TIMEOUT).
tries=0
while sockets >"$RIG_TMP/after" && ! cmp -s "$RIG_TMP/before" "$RIG_TMP/after"
do
	tries=$((tries + 1))
	[ $tries -lt 300 ] || {
		echo "FAIL: vsock sockets are left:"
		head "$RIG_TMP/after"
		exit 1
	}
	sleep 0.2
done
tcp_sockets >"$RIG_TMP/tcp-after"
[ "${RIG-}" = native ] || cmp -s "$RIG_TMP/tcp-before" "$RIG_TMP/tcp-after" || {
	echo "FAIL: TCP sockets are left:"
	cat "$RIG_TMP/tcp-after"
	exit 1
}
exit $status
