#!/bin/sh
# SPDX-License-Identifier: MIT
# mosquitto and its clients: subscribers get what publishers send, a retained
# message, a will of a client that dies, QoS 2, and a broker that dials another.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs mosquitto mosquitto mosquitto_sub mosquitto-clients ss iproute2
in_rig 200

printf 'listener 1883\nallow_anonymous true\nuser root\n' >mosquitto.conf
start mosquitto 1883 "$(command -v mosquitto)" -c "$PWD/mosquitto.conf"
up mosquitto 1883
rule="connect $address:1883 = vsock:local:1883"

publish() {
	client 1883 mosquitto_pub -h "$address" "$@"
}

# subscribe FILE COUNT ARG...: in the background; the server knows of it.
subscribe() {
	file=$1 count=$2
	shift 2
	launch "$file" redirected "$rule" stdbuf -oL mosquitto_sub -h "$address" \
		-C "$count" -W 60 -d -F 'got %p' "$@"
	subscriber=$pid
	wait_for grep -q SUBACK "$file.log"
}

publish -t kept -r -m 'still there'
subscribe retained 1 -t kept
wait $subscriber
check 'a retained message' grep -qx 'got still there' retained.log

subscribe many 200 -q 2 -t 'numbers/#'
seq 200 >numbers
publish -q 2 -t numbers/all -l <numbers
wait $subscriber
check '200 messages, QoS 2, in order' \
	sh -c 'sed -n "s/^got //p" many.log | cmp - numbers'

subscribe will 1 -t wills
launch dying redirected "$rule" stdbuf -oL mosquitto_sub -h "$address" -d -t x \
	--will-topic wills --will-payload 'it died'
wait_for grep -q SUBACK dying.log
kill -KILL "$pid"
wait $subscriber
check 'the will of a client that dies' grep -qx 'got it died' will.log

cat >bridge.conf <<END
listener 1884
allow_anonymous true
user root
connection bridge
address $address:1883
topic # both 1
restart_timeout 1
END
launch bridge redirected "listen *:1884 = vsock:any:1884; $rule" \
	"$(command -v mosquitto)" -v -c "$PWD/bridge.conf"
up bridge 1884
check 'a second broker dials the first' wait_for grep -q CONNACK bridge.log
launch far redirected "connect $address:1884 = vsock:local:1884" \
	mosquitto_sub -h "$address" -p 1884 -C 1 -W 60 -q 1 -t over/there
far=$pid
check '... somebody listens there' wait_for grep -q over/there bridge.log
publish -q 1 -t over/there -m across
wait $far
check 'what one is told is heard at the other' grep -qx across far.log

check 'no TCP socket was made for port 1883' no_tcp 1883
check 'no TCP socket was made for port 1884' no_tcp 1884
check "no TCP connection was tried" no_opens
finish
