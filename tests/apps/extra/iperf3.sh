#!/bin/sh
# SPDX-License-Identifier: MIT
# iperf3: both directions, four streams at once. What counts is that all is
# sent, not how fast. The receiver stops counting when it hears of the end on
# another connection, so that its sum may be smaller, on TCP as well.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs iperf3 iperf3 python3 python3 ss iproute2
in_rig 300

start iperf3 5201 iperf3 -s
server=$pid
up iperf3 5201

cat >sums.py <<'END2'
import json, sys

end = json.load(sys.stdin)["end"]
sent, received = end["sum_sent"]["bytes"], end["sum_received"]["bytes"]
print(sent, "sent" if 0 < received <= sent else f"of {received}?")
END2

# transfer WHAT ARGUMENT...: a number of bytes, not of seconds.
transfer() {
	what=$1
	shift
	same "$what" "20971520 sent" "$(client 5201 iperf3 -J -c $address \
		-n 20M "$@" | tee transfer.json | python3 sums.py)" ||
		grep '"error"' transfer.json
}

transfer "to the server"
transfer "to the server, four streams" -P 4
check "from the server" client 5201 iperf3 -c $address -n 20M -R
check "from the server, four streams" \
	client 5201 iperf3 -c $address -n 20M -R -P 4
check "both ways at once" client 5201 iperf3 -c $address -n 10M --bidir
check "no TCP socket was made for any of it" no_tcp 5201
stop $server
check "no TCP connection was tried" no_opens
finish
