#!/bin/sh
# SPDX-License-Identifier: MIT
# redis-server, redis-cli and redis-benchmark: many clients, pub/sub.
. "$(dirname "$0")/lib.sh"
needs redis-server redis-server redis-cli redis-tools ss iproute2
in_rig 300

cli() {
	client 6379 redis-cli -h $address "$@"
}

start redis 6379 redis-server --port 6379 --save '' --protected-mode no
redis=$pid
up redis 6379

same "set" OK "$(cli set greeting 'hello, vsock')"
same "get" "hello, vsock" "$(cli get greeting)"
head -c 3000000 /dev/urandom | base64 -w 0 >value
same "a value of 4 MB goes" OK "$(cli -x set big <value)"
cli get big >copy
printf '\n' >>value
check "... and comes back" cmp value copy
same "a list of 1000 in one pipeline" 1000 "$(seq 1000 |
	sed 's/^/rpush list /' | cli >/dev/null && cli llen list)"

launch heard cli subscribe news
check "a subscriber is told so" wait_for grep -q subscribe heard.log
same "publish finds one subscriber" 1 "$(cli publish news extra)"
check "the subscriber hears it" wait_for grep -q extra heard.log
stop $pid

blocked() {
	cli client list | grep -q cmd=blpop
}

launch popped cli blpop queue 60
check "a client blocks" wait_for blocked
cli rpush queue work >/dev/null
wait $pid
same "... and gets the work" "queue work" "$(paste -sd ' ' popped.log)"

check "50 clients, 4000 requests of each kind" client 6379 \
	redis-benchmark -h $address -t set,get -n 4000 -c 50 --csv
check "no TCP socket was made for any of it" no_tcp 6379
same "the server rejected none" rejected_connections:0 "$(cli info stats |
	tr -d '\r' | grep ^rejected_connections)"
cli shutdown nosave >/dev/null
wait $redis
same "the server ends well" 0 $?
finish
