#!/bin/sh
# SPDX-License-Identifier: MIT
# etcd, in Go: a cluster of three, whose members dial each other; a watch, a
# lease, a transaction; the leader is killed, and comes back. It
# dials itself, too, at the address that it listens on.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs etcd etcd-server etcdctl etcd-client ss iproute2
in_rig 600
export ETCDCTL_API=3

cluster=
for i in 1 2 3; do
	cluster=$cluster,m$i=http://$address:731$i
done

# begin NUMBER STATE: clients at 730N, members at 731N; sets $pid.
begin() {
	launch m"$1" redirected "listen $address:730$1 = vsock:any:730$1
		listen $address:731$1 = vsock:any:731$1
		connect $address:* = vsock:local:*" \
		etcd --name m"$1" --data-dir m"$1".data \
		--listen-client-urls "http://$address:730$1" \
		--advertise-client-urls "http://$address:730$1" \
		--listen-peer-urls "http://$address:731$1" \
		--initial-advertise-peer-urls "http://$address:731$1" \
		--initial-cluster "${cluster#,}" --initial-cluster-state "$2" \
		--heartbeat-interval 500 --election-timeout 5000
}

# ctl NUMBERS ARGUMENT...: asks these members.
ctl() {
	points=$(echo "$1" | sed "s/[0-9]/$address:730&,/g")
	shift
	(redirected "connect $address:* = vsock:local:*" etcdctl \
		--command-timeout=60s --dial-timeout=60s \
		--endpoints "${points%,}" "$@")
}

# The member that leads.
leader() {
	ctl 123 endpoint status | awk -F ', ' '$5 == "true" { print $1 }' |
		sed 's/.*730//'
}

for i in 1 2 3; do
	begin $i new
	eval "member$i=$pid"
done
for i in 1 2 3; do
	up m$i 730$i
	up m$i 731$i
done
check "all are well" wait_for ctl 123 endpoint health
same "put" OK "$(ctl 1 put key one)"
same "get from another" "key one" "$(ctl 2 get key | paste -sd ' ')"
same "members" 3 "$(ctl 3 member list | grep -c started)"
same "a transaction" "SUCCESS OK" "$(printf 'value("key") = "one"\n\nput key two\n\n\n' |
	ctl 3 txn | grep . | paste -sd ' ')"

launch watch ctl 2 watch --prefix w
watcher=$pid
watched() {
	ctl 1 put "w$1" "$1" >/dev/null
	grep -qx "w$1" watch.log
}
check "a watch sees what another member was told" wait_for watched 1
lease=$(ctl 1 lease grant 600 | cut -d ' ' -f 2)
same "with a lease" OK "$(ctl 3 put leased x --lease="$lease")"
check "... which is given up" ctl 2 lease revoke "$lease"
same "... and with it the key" "" "$(ctl 1 get leased)"

first=$(leader)
check "somebody leads" [ -n "$first" ]
others=$(echo 123 | tr -d "$first")
eval "kill -9 \$member$first; wait \$member$first" 2>/dev/null
check "the leader is gone, with its listeners" wait_for is_free "730$first"
check "another leads" wait_for ctl "$others" put key three
same "the others know" "key three" "$(ctl "$others" get key | paste -sd ' ')"
begin "$first" existing
check "it comes back" wait_for ctl "$first" endpoint health
same "... and knows" "key three" "$(ctl "$first" get key | paste -sd ' ')"
stop $watcher
for port in 7301 7302 7303 7311 7312 7313; do
	check "no TCP socket was made for port $port" no_tcp $port
done
check "no TCP connection was tried" no_opens
finish
