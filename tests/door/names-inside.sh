#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Inside the test kernel: questions to a name server that is not there, and to
# one that is.
#
#   names-inside.sh HERE OUT [all]
set -u
here=$1 out=$2 which=${3:-}
. "${0%/*}/expect-inside.sh"
cd "$RIG_TMP" || exit 1
export TCP2VSOCK_MAP="connect db.internal:80 = vsock:local:8080
connect *.wild.test:80 = vsock:local:8080
listen *:8080 = vsock:any:8080"

# As libc's getaddrinfo() has them, through the library.
v4=$(tcp2vsock getent ahostsv4 db.internal | awk 'NR == 1 { print $1 }')
v6=$(tcp2vsock getent ahostsv6 db.internal | awk 'NR == 1 { print $1 }')
wild=$(tcp2vsock getent ahostsv4 a.wild.test | awk 'NR == 1 { print $1 }')

printf 'nameserver 10.99.0.53\nsearch internal\noptions timeout:1 attempts:1\n' \
	>resolv.conf
mount --bind resolv.conf /etc/resolv.conf

# resolvers LOOKUP WHAT: with no server in reach
resolvers()
{
	expect "$2: names of the table" "$(tcp2vsock -- "$1" db.internal)" \
		"db.internal $v4
db.internal $v6"
	expect "$2: a search domain" \
		"$(tcp2vsock -- "$1" db | head -n 1)" "db $v4"
	expect "$2: a pattern" \
		"$(tcp2vsock -- "$1" A.wild.test | head -n 1)" \
		"A.wild.test $wild"
	expect "$2: a name that nobody can be asked for" \
		"$(tcp2vsock -- "$1" other.example | sort -u)" \
		"other.example again"
}

# The same with one that knows every name, and hears just others'.
asked()
{
	: >names
	expect "$2: a name of others" \
		"$(tcp2vsock -- "$1" other.example | head -n 1)" \
		"other.example 192.0.2.7"
	expect "$2: names of the table, beside a server" \
		"$(tcp2vsock -- "$1" db.internal | head -n 1)" \
		"db.internal $v4"
	expect "$2: an answer to who tells what it takes" \
		"$(tcp2vsock --engine=supervise -- python3 "$here/question.py" \
			10.99.0.53 db.internal)" "$v4, and nothing else"
	expect "$2: what else the server was asked for" \
		"$(grep -cv '^other\.example' names)" 0
}

start_server()
{
	ip addr add 10.99.0.53/32 dev lo
	python3 "$here/nameserver.py" 10.99.0.53 names &
	name_server=$!
	until grep -q listening names 2>/dev/null; do
		kill -0 $name_server || exit 1
		sleep 0.1
	done
}

# ways: the same with a server in reach or without.
ways()
{
	for way in copy several; do
		expect "$way" "$(tcp2vsock -- "$out/asks" $way db.internal)" \
			"db.internal $v4"
	done
	expect bound "$(tcp2vsock -- "$out/asks" bound db.internal)" \
		"db.internal $v4
from port 5400"
	for way in reused connected; do
		expect $way "$(tcp2vsock -- "$out/asks" $way db.internal)" \
			"db.internal $v4, arrived
db.internal $v4, arrived"
	done
}

all="$out/lookup"
[ "$which" != all ] || all="$all $out/lookup-musl"
for lookup in $all; do
	resolvers "$lookup" "${lookup##*/}"
done
ways
expect "over TCP" "$(tcp2vsock -- "$out/asks" tcp db.internal A.wild.test \
	other.example db.internal)" "db.internal $v4
A.wild.test $wild
other.example none
db.internal none"
expect "over TCP, refused" "$(tcp2vsock -m 'connect 10.99.0.53:* = refuse' -- \
	"$out/asks" tcp db.internal 2>&1)" "connect: Connection refused
db.internal none"
# A build tree may lie where he can't look.
cp "$(command -v tcp2vsock)" "$out/lookup" "$TCP2VSOCK_LIBRARY" . &&
	chmod 755 . tcp2vsock lookup libtcp2vsock.so || exit 1
expect "an ordinary user" "$(TCP2VSOCK_LIBRARY=$PWD/libtcp2vsock.so setpriv \
	--reuid 65534 --regid 65534 --clear-groups ./tcp2vsock -- ./lookup \
	db.internal | head -n 1)" "db.internal $v4"

# By name and over vsock, in the end.
echo "by name" >page
tcp2vsock -- python3 -m http.server 8080 >/dev/null 2>&1 &
web_server=$!
until ss -Hl --vsock | grep -q ':8080 '; do
	kill -0 $web_server || exit 1
	sleep 0.1
done
expect "a static wget" "$(tcp2vsock --engine=supervise -- \
	busybox wget -q -O - http://db.internal/page)" "by name"
[ "$which" != all ] || expect "a Go client" "$(tcp2vsock -- "$out/web" get \
	http://db.internal/page)" "by name"
start_server
for lookup in $all; do
	asked "$lookup" "${lookup##*/}"
done
: >names
ways
expect "over TCP, beside a server" "$(tcp2vsock -- "$out/asks" tcp \
	db.internal other.example db.internal)" "db.internal $v4
other.example 192.0.2.7
db.internal $v4"
expect "what the server was asked for" "$(sort -u names)" other.example
kill $name_server $web_server
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
