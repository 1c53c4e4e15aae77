#!/bin/sh
# SPDX-License-Identifier: MIT
# Where AF_VSOCK has a loopback; a short queue makes connect() wait.
set -u

# shellcheck disable=SC2154 # run.sh's
cleanup()
{
	[ -z "${before-}" ] || echo "$before" >/proc/sys/net/core/somaxconn
}
trap cleanup EXIT
[ "$RIG" != kernel ] || {
	before=$(cat /proc/sys/net/core/somaxconn)
	echo 3 >/proc/sys/net/core/somaxconn
}
log=$RIG_TMP/enemy.log
echo "over vsock:"
# shellcheck disable=SC2086,SC2154
env LD_PRELOAD="$library" TCP2VSOCK_LOG="$log" \
	TCP2VSOCK_MAP='127.0.0.1:20000-29999 = vsock:local:*' \
	"$program" 27000 "$turns" $raw || exit 1
echo "over vsock, by names of Unix sockets:"
rules=
for port in 27000 27001 27002 27003 27100 27101 27102 27103 27104 27105; do
	rules="$rules
		connect unix:$RIG_TMP/$port = vsock:local:$port
		listen unix:$RIG_TMP/$port = vsock:any:$port"
done
# shellcheck disable=SC2086
env ENEMY_FOLDER="$RIG_TMP" LD_PRELOAD="$library" TCP2VSOCK_LOG="$log.unix" \
	TCP2VSOCK_MAP="$rules" "$program" 27000 "$turns" $raw || exit 1
if [ "$RIG" = kernel ]; then # elsewhere the queue is long
	echo "a clock that stands still:"
	env LD_PRELOAD="$library" TCP2VSOCK_MAP='*:* = vsock:local:*' \
		timeout 60 "${program%enemy}frozen" 27900 || exit 1
fi
grep -q 'accept .* ok$' "$log" && grep -q 'accept unix:.* ok$' "$log.unix" &&
	exit
echo "FAIL: it was not redirected"
exit 1
