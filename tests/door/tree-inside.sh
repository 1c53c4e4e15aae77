#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Inside the test kernel, where TCP has nobody who answers: whoever is told
# "hello" was supervised.
#
#   tree-inside.sh BUILDDIR FOLDER-OF-THIS
set -u
. "${0%/*}/expect-inside.sh"
skipped=0
# The tree may be in a private folder, or built with a umask of 077.
umask 022
cd "$RIG_TMP" && chmod 755 . || exit 1
install "$1/launcher/tcp2vsock" "$1/tests/door/tree" \
	"$(command -v busybox)" . || exit 1
tree=$PWD/tree library=$TCP2VSOCK_LIBRARY
export TCP2VSOCK_MAP="connect 10.0.0.5:80 = vsock:local:8080
listen *:8080 = vsock:any:8080" TCP2VSOCK_ENGINE=supervise

# Where a tool is not here, only scripts/check --all must have it.
has()
{
	! command -v "$1" >/dev/null || return 0
	[ -z "${TCP2VSOCK_TESTS_ALL:-}" ] || expect "$1" "missing" "there"
	return 1
}

# Whether root may become another user by this command: it reads files that only
# root may, and an ordinary user's test kernel can't.
becomes()
{
	! "$@" true >/dev/null 2>&1 </dev/null || return 0
	if cat /etc/shadow >/dev/null 2>&1; then
		expect "without us: $*" "fails" "works"
	else
		echo "skipped: $*: needs a test kernel that root has started"
		skipped=$((skipped + 1))
	fi
	return 1
}

user="setpriv --reuid 65534 --regid 65534 --clear-groups"
as_user()
{
	$user ./tcp2vsock "$@" 2>&1
}

as_root()
{
	./tcp2vsock "$@" 2>&1
}

# both WHAT COMMAND...: by a supervisor of root's, and of an ordinary user's.
both()
{
	what=$1
	shift
	expect "root: $what" "$(as_root -- "$@")" hello
	expect "a user: $what" "$(as_user -- "$@")" hello
}

./tcp2vsock -- python3 -c '
import socket
s = socket.create_server(("0.0.0.0", 8080))
while True:
    s.accept()[0].sendall(b"hello\n")' &
server=$!
until ss -Hl --vsock | grep -q ':8080 '; do
	kill -0 $server || exit 1
	sleep 0.1
done

both "by itself" "$tree" plain 10.0.0.5 80
both "an empty environment" env -i "$tree" plain 10.0.0.5 80
both "a filter of its own" "$tree" filter 10.0.0.5 80
expect "one that forbids it" "$(as_root -- "$tree" forbidding 10.0.0.5 80)" \
	"Operation not permitted"
expect "a supervisor of its own" \
	"$(as_root -- "$tree" supervisor 10.0.0.5 80)" \
	"Device or resource busy; hello"
expect "one of ours within" "$(as_root -m '127.0.0.1:* = refuse' -- \
	./tcp2vsock --engine=supervise -- "$tree" plain 10.0.0.5 80)" \
	"tcp2vsock: can't supervise $tree: it is under a supervisor already, and there can be one: an outer tcp2vsock's rules hold for all that it runs, so give it these, or run this outside of it"
expect "one within that has the library" "$(TCP2VSOCK_ENGINE= \
	./tcp2vsock --engine=supervise -m 'connect 10.0.0.6:80 = vsock:local:8080' \
	-- env TCP2VSOCK_LIBRARY="$library" ./tcp2vsock --engine=preload \
	-m 'connect 10.0.0.7:80 = vsock:local:8080' -- python3 -c '
import socket
for host in "10.0.0.6", "10.0.0.7":
    print(socket.create_connection((host, 80)).recv(9).decode().strip())')" \
	"hello
hello"
expect "root: may not be looked at" \
	"$(as_root -- "$tree" undumpable 10.0.0.5 80)" hello
expect "a user: may not be looked at, is refused, and told" \
	"$(as_user -- "$tree" undumpable 10.0.0.5 80 |
		sed 's/\[[0-9]*\]//')" \
	"tcp2vsock: a program that may not be looked at (another user's, or not dumpable: prctl(2)) is refused its connections; as root it would be served
Permission denied"

expect "no descriptor is free" "$(as_root -m '127.0.0.1:* = vsock:local:*' -- \
	python3 "$2/limit.py" | paste -sd ' ')" \
	"socket EMFILE accept EMFILE not lost"

# Other users.
# shellcheck disable=SC2086 # words
expect "setpriv" "$(as_root -- $user "$tree" plain 10.0.0.5 80)" hello
if becomes su -s /bin/sh nobody -c; then
	expect "su" "$(as_root -- su -s /bin/sh nobody -c \
		"$tree plain 10.0.0.5 80")" hello
	expect "its clean environment" \
		"$(as_root -- su -s /bin/sh - nobody -c \
			"$tree plain 10.0.0.5 80" | grep -v warning)" hello
fi
if has sudo && becomes sudo -u nobody; then
	expect "root: sudo" "$(as_root -- sudo -u nobody "$tree" plain \
		10.0.0.5 80 | grep -v 'resolve host')" hello
fi
# What a user's tree can't have is said.
cp "$tree" "$(command -v id)" . 2>/dev/null
chmod 4755 id
expect "without us" "$($user ./id -u)" 0
expect "no raised privileges" "$(as_user -v -- sh -c './id -u')" \
	"tcp2vsock: sh is supervised; what it runs gets no raised privileges (sudo)
65534"

# Other roots and namespaces: nothing of ours is there.
mkdir -p root/proc root/dev && cp busybox root/ || exit 1
expect "chroot" "$(as_root -- chroot root /busybox nc 10.0.0.5 80 </dev/null)" \
	hello
both "user and pid namespaces" unshare -Urpf "$tree" plain 10.0.0.5 80
both "a proc of its own" unshare -Urpf --mount-proc "$tree" plain 10.0.0.5 80
both "a network of its own" unshare -Urn "$tree" plain 10.0.0.5 80
both "two users deep" unshare -Ur unshare -Ur "$tree" plain 10.0.0.5 80
both "another user within" unshare -Ur setpriv --bounding-set -all \
	"$tree" plain 10.0.0.5 80
if has bwrap; then
	both "bwrap" bwrap --unshare-all --ro-bind root / --proc /proc \
		--dev /dev /busybox nc 10.0.0.5 80
fi

# A daemon outlives the command.
rm -f said go
as_root -- sh -c "setsid sh -c 'until [ -e go ]; do sleep 0.1; done
	$tree plain 10.0.0.5 80 >said.new; mv said.new said' >/dev/null 2>&1 &"
: >go
tries=200
until [ -e said ] || [ $((tries -= 1)) = 0 ]; do
	sleep 0.1
done
expect "a daemon" "$(cat said)" hello
expect "connections over TCP" \
	"$(awk '/^Tcp: [0-9]/ { print $6 + $7 }' /proc/net/snmp)" 0
kill $server
wait $server 2>/dev/null
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
