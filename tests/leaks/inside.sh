#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Where AF_VSOCK has a loopback: the program, redirected; and the log has to
# show that it was.
#
#   inside.sh PROGRAM LIBRARY COUNT [COMMAND...]
set -u

program=$1 library=$2 count=$3
shift 3
log=$RIG_TMP/leaks.log
env LD_PRELOAD="$library" TCP2VSOCK_LOG="$log" \
	TCP2VSOCK_MAP='127.0.0.1:20000-29999=vsock:local:*' \
	"$@" "$program" 20000 "$count" || exit 1
redirected=$(grep -c '^tcp2vsock.* accept .* ok$' "$log")
[ "$redirected" -ge "$count" ] && exit
echo "FAIL: only $redirected of $count connections were redirected"
exit 1
