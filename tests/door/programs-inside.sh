#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Inside the test kernel: programs that no library reaches, with rules.
#
#   programs-inside.sh WEB		a Go program, see web.go
set -u
web=$1
address=127.0.0.1:8080
. "${0%/*}/expect-inside.sh"
export TCP2VSOCK_MAP="127.0.0.1:* = vsock:local:*"

# Lines of this kind are there for every TCP connection that was tried.
opens()
{
	awk '/^Tcp: [0-9]/ { print $6 + $7 }' /proc/net/snmp
}

tcp2vsock -- "$web" serve $address >/tmp/serve &
server=$!
until grep -q listening /tmp/serve; do
	kill -0 $server || exit 1
	sleep 0.1
done
expect "a Go client" "$(tcp2vsock -- "$web" get http://$address/ http://$address/)" \
	"hello 127.0.0.1
hello 127.0.0.1"
expect "an empty environment" \
	"$(tcp2vsock --engine=supervise -- env -i "$web" get http://$address/)" \
	"hello 127.0.0.1"
expect "a shell that starts several" \
	"$(tcp2vsock --engine=supervise -- sh -c "
		'$web' get http://$address/ & wait
		python3 -c 'import urllib.request as u
print(u.urlopen(\"http://$address/\").read().decode(), end=\"\")'")" \
	"hello 127.0.0.1
hello 127.0.0.1"
expect "a client of the library" \
	"$(tcp2vsock --engine=preload -- python3 -c "import urllib.request as u
print(u.urlopen('http://$address/').read().decode(), end='')")" \
	"hello 127.0.0.1"
expect "refused" "$(tcp2vsock -m '*:* = refuse' -- "$web" get http://$address/)" \
	"Get \"http://$address/\": dial tcp $address: connect: connection refused"
expect "connections over TCP" "$(opens)" 0
kill $server
wait $server
expect "the server's end, by SIGTERM" $? 143
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
