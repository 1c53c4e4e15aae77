#!/bin/sh
# SPDX-License-Identifier: MIT
# redis: a replica that dials its primary, again when the link is cut, a failover
# between the two, MIGRATE, and a cluster of three whose bus has ports of its own
# and one of which dies and comes back.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs redis-server redis-server redis-cli redis-tools ss iproute2
in_rig 500

# Each server listens on some ports and dials all of them.
rules="listen *:6001-6002 = vsock:any:6001-6002
listen *:7001-7003 = vsock:any:7001-7003
listen *:17001-17003 = vsock:any:17001-17003
connect $address:* = vsock:local:*"

# server PORT ARG...
server() {
	port=$1
	shift
	mkdir "redis-$port"
	launch "redis-$port" redirected "$rules" redis-server --port "$port" \
		--dir "$PWD/redis-$port" --save '' --protected-mode no \
		--replica-announce-ip $address --cluster-announce-ip $address \
		--repl-diskless-sync-delay 0 "$@"
	up "redis-$port" "$port"
}

cli() {
	(redirected "$rules" redis-cli -h $address -p "$@")
}

has_replica() {
	cli "$1" info replication | grep -q 'state=online'
}

offsets_meet() {
	[ "$(cli 6001 wait 1 5000)" -ge 1 ]
}

server 6001
server 6002
head -c 2000000 /dev/urandom | base64 -w 0 >value
cli 6001 -x set before <value >/dev/null
same 'a replica is told its primary' OK \
	"$(cli 6002 replicaof $address 6001)"
check '... and synchronizes' wait_for has_replica 6001
same 'the primary knows its address' 1 "$(cli 6001 info replication |
	grep -c "ip=$address,port=6002,state=online")"
cli 6002 get before >copy
printf '\n' >>value
check 'what was there before is there' cmp value copy
seq 2000 | sed 's/.*/set key& &/' | cli 6001 >/dev/null
check 'the replica acknowledges' wait_for offsets_meet
same 'what came after is there' 2000 "$(cli 6002 get key2000)"

value_is() {
	[ "$(cli "$1" get "$2")" = "$3" ]
}
cli 6001 client kill type replica >/dev/null
cli 6001 set key2000 again >/dev/null
check 'a link that was cut is made anew' wait_for value_is 6002 key2000 again
check '... and only what was missed is sent' sh -c \
	'tr -d "\r" <redis-6001.log | grep "Partial resynchronization.*accepted"'

same 'the replica is made the primary' OK "$(cli 6002 replicaof no one)"
same '... and the other way round' OK "$(cli 6001 replicaof $address 6002)"
check 'it follows' wait_for has_replica 6002
same 'no key was lost' 2001 "$(cli 6001 dbsize)"
cli 6001 replicaof no one >/dev/null
cli 6001 flushall >/dev/null

same 'MIGRATE' OK "$(cli 6002 migrate $address 6001 key7 0 5000)"
same '... has taken the key along' '7' "$(cli 6001 get key7)"
same '... and away' 0 "$(cli 6002 exists key7)"
# shellcheck disable=SC2046  # a word for each key
same 'MIGRATE of 500 keys' OK "$(cli 6002 migrate $address 6001 '' 0 20000 \
	keys $(seq 1000 1499 | sed 's/^/key/'))"
same '... are there' 501 "$(cli 6001 dbsize)"

for port in 7001 7002 7003; do
	server $port --cluster-enabled yes --cluster-port 1$port
	node=$pid
done
cluster_is_up() {
	cli 7001 cluster info | grep -q cluster_state:ok &&
		cli 7002 cluster info | grep -q cluster_state:ok &&
		cli 7003 cluster info | grep -q cluster_state:ok
}
check 'a cluster of three' cli 7001 --cluster create $address:7001 \
	$address:7002 $address:7003 --cluster-yes
check '... agrees' wait_for cluster_is_up
same '300 keys, wherever they belong' 300 "$(seq 300 |
	sed 's/.*/set c& &/' | cli 7001 -c | grep -c OK)"
same 'each of the three has some' 3 "$(for port in 7001 7002 7003; do
	cli $port dbsize
done | awk '$1 > 20' | wc -l)"
check 'a slot moves to another node' cli 7001 --cluster reshard \
	$address:7001 --cluster-from all \
	--cluster-to "$(cli 7001 cluster myid)" --cluster-slots 60 --cluster-yes
same 'no key was lost' 300 "$(for port in 7001 7002 7003; do
	cli $port dbsize
done | awk '{ n += $1 } END { print n }')"

stop "$node"
fails() {
	cli 7001 cluster info | grep -q cluster_state:fail
}
check 'the others notice when one dies' wait_for fails
launch redis-7003 redirected "$rules" redis-server --port 7003 \
	--dir "$PWD/redis-7003" --save '' --protected-mode no \
	--cluster-announce-ip $address --cluster-enabled yes --cluster-port 17003
check '... it comes back at once, on the same ports' wait_for cluster_is_up

for port in 6001 6002 7001 7002 7003 17001 17002 17003; do
	check "no TCP socket was made for port $port" no_tcp $port
done
check "no TCP connection was tried" no_opens
finish
