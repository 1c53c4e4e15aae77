#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Nobody hears of a name of the table: looking it up, in whatever way and
# spelling, and asking for the name of its address, makes no system call of
# sockets. Nor does dialling a port of it that no rule has.
#
#	unasked-inside.sh PROGRAMS LIBRARY [inside]
set -u
programs=$1 library=$2
[ "${3-}" = inside ] || {
	root=
	[ "$(id -u)" = 0 ] || root=-r
	exec unshare $root -mn "$0" "$programs" "$library" inside
}

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
passes=0 failures=0

# A resolver that would be asked, were it there.
ip link set lo up
echo 'nameserver 127.0.0.1' >"$work/resolv"
echo 'hosts: files dns' >"$work/nsswitch"
: >"$work/hosts"
mount --bind "$work/hosts" /etc/hosts &&
	mount --bind "$work/resolv" /etc/resolv.conf &&
	mount --bind "$work/nsswitch" /etc/nsswitch.conf || exit 99

rules='connect db.internal:5432 = vsock:local:5432
connect *.wild.test:80 = vsock:local:80
connect xn--bcher-kva.internal:80 = vsock:local:80
connect web.internal:* = direct
connect *.late.test:1-80 = vsock:local:1-80
connect *:* = direct'

# libc looks for nscd, at a socket of the file system, for names of services; no
# host is asked for there that is not asked for at port 53, too.
asks()
{
	grep '(' "$work/trace" | grep -qv AF_UNIX
}

# traced COMMAND...: its system calls of sockets, in "trace".
traced()
{
	strace -f -qq -e trace=%network -o "$work/trace" \
		-E LD_PRELOAD="$library" -E TCP2VSOCK_MAP="$rules" "$@" \
		>"$work/out" 2>&1
}

verdict()
{
	if [ "$1" = 0 ]; then
		passes=$((passes + 1))
		echo "ok: $2"
	else
		failures=$((failures + 1))
		echo "FAIL: $2"
		head -n 20 "$work/trace" "$work/out"
	fi
}

unasked()
{
	traced "$@" && [ -s "$work/out" ] && ! asks
	verdict $? "nobody is asked: $(basename "$1") $2 $3 ${4-}"
}

asked()
{
	traced "$@"
	grep -q 'htons(53)' "$work/trace"
	verdict $? "the resolver is asked: $(basename "$1") $2 $3 ${4-}"
}

ask=$programs/ask
for family in unspec inet inet6; do
	for name in db.internal DB.Internal. a.b.wild.test x.late.test \
		xn--bcher-kva.internal; do
		unasked "$ask" quick $family $name
		[ $family = unspec ] || unasked "$ask" host $family $name
	done
done
for address in 198.18.137.2 198.18.153.30 fd76:736f:636b:1::8902 \
	fd76:736f:636b:1::991e; do
	unasked "$ask" addr $address
done
# As getent asks: in any spelling that IDNA has for it.
LC_ALL=C.UTF-8 unasked /usr/bin/getent ahosts "$(printf 'B\303\234CHER.internal')"

for name in other.internal web.internal wild.test db.internal.test; do
	asked "$ask" quick inet $name
done
asked "$ask" addr 198.18.0.99

# Where a socket is made, it is made in vain: refused before the kernel hears.
for target in 'db.internal 5433' 'a.wild.test 81' 'x.late.test 81' \
	'198.18.137.2 80' 'fd76:736f:636b:1::8902 80'; do
	# shellcheck disable=SC2086 # name and port
	traced "$programs/dial" dial $target
	grep -q 'connect: .*refused' "$work/out" && ! grep -Eq '^[0-9]+ +(connect|send)' \
		"$work/trace"
	verdict $? "dialling $target stays here"
done
echo "$passes passed, $failures failed"
[ $failures = 0 ]
