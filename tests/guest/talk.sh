#!/bin/sh
# SPDX-License-Identifier: MIT
#
# One program's two ends, on TCP and then redirected: from this machine into a
# guest through a hybrid vsock, the other way, and between two guests over
# virtio's vsock. The differences that stay are in documented. TALK_SIZE MiB go
# each way, 100 by default, between guests less: vhost-device-vsock 0.3 loses
# packets of 4,000 bytes there. A hybrid vsock is never full both ways at once,
# since that may stall it for good. In the top of a build tree.
# shellcheck disable=SC2046 # commands are made of words
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
talk=$here/talk.py
end=$dir/end

size=${TALK_SIZE:-100} piece=65536 both=10240

# ask NAME PATIENCE HOST: the command, as words. Where an end will never come,
# nobody waits for it long.
ask() {
	echo env TALK_NAME="$1" TALK_PATIENCE="$2" TALK_PIECE=$piece \
		TALK_BOTH=$both TALK_SIZE="$size" TALK_MANY="${TALK_MANY:-200}" \
		python3 "$talk" ask "$3" 7100
}

on_tcp() {
	unshare -n sh -c "ip link set lo up
		python3 '$talk' serve 7100 '$end' >&2 &
		$(ask tcp 60 127.0.0.1); : >'$end'; wait; rm '$end'"
}

guests 3 4
on_tcp >"$dir/tcp" 2>"$dir/tcp.log" || cat "$dir/tcp.log"
guest_start 3 $tcp2vsock -m 'listen *:7100 = vsock:any:7100' \
	-- env TALK_PIECE=1000 python3 "$talk" serve 7100 "$end"
serving=$job
launch serve $tcp2vsock -m "listen *:7100 = hvsock:$dir/v4.sock:7100" \
	-- python3 "$talk" serve 7100 "$end"
{
	echo "=== tcp"
	for way in host-to-guest guest-to-host guest-to-guest; do
		sed "s,^== tcp/,== $way/," "$dir/tcp"
	done
	echo "=== vsock"
	both=64
	$tcp2vsock -m "connect 10.9.0.1:* = hvsock:$dir/v3.sock:* timeout=20s" \
		-- $(ask host-to-guest 10 10.9.0.1)
	guest 4 $tcp2vsock -m "connect 10.9.0.2:* = vsock:host:* timeout=20s" \
		-- $(ask guest-to-host 10 10.9.0.2)
	piece=1000 size=2 both=256
	guest 4 $tcp2vsock -m "connect 10.9.0.3:* = vsock:3:* timeout=20s" \
		-- $(ask guest-to-guest 60 10.9.0.3)
	echo "=== end"
} >"$dir/transcripts"
[ -z "${TALK_KEEP:-}" ] || cp "$dir/transcripts" "$TALK_KEEP"
: >"$end"
guest_wait "$serving" >"$dir/serving.log"
"$srcdir/tests/parity/compare.sh" "$dir/transcripts" "$here/documented" ||
	{ cat "$dir/monitor.log" "$dir/serving.log" "$dir/serve.log"; exit 1; }
