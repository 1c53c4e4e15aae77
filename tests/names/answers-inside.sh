#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Where there is a network namespace of one's own: what libc answers for names
# in /etc/hosts, and what it answers with the library for the same names in the
# table, with an empty /etc/hosts, no resolver and no nsswitch.conf.
#
#	answers-inside.sh ASK LIBRARY
set -u
ask=$1 library=$2

[ "${3-}" = inside ] || {
	root=
	[ "$(id -u)" = 0 ] || root=-r
	exec unshare $root -mn "$0" "$ask" "$library" inside
}

work=$RIG_TMP
failures=0 passes=0 unmapped=
rules='connect first.test:1 = refuse
connect db.internal:5432 = vsock:1:5432
connect *.wild.test:80 = vsock:1:80
connect localhost:80 = vsock:1:80
peer vsock:9 = 10.0.0.9'
: >"$work/empty"
echo 'hosts: files' >"$work/nsswitch"

# hosts FILE: what /etc/hosts holds from now on.
hosts()
{
	cat "$1" >"$work/hosts"
}

# ADDRCONFIG asks for an address other than loopback.
ip link set lo up
ip addr add 10.99.0.1/32 dev lo
ip addr add fd00:99::1/128 dev lo nodad
: >"$work/hosts"
mount --bind "$work/hosts" /etc/hosts &&
	mount --bind "$work/empty" /etc/resolv.conf &&
	mount --bind "$work/nsswitch" /etc/nsswitch.conf || exit 99

mapped()
{
	LD_PRELOAD=$library TCP2VSOCK_MAP=$rules "$@"
}

verdict()
{
	if [ "$1" = 0 ]; then
		passes=$((passes + 1))
	else
		failures=$((failures + 1))
		echo "FAIL: $2"
	fi
}

# same HOSTS-LINE QUESTION...: both ways the same answer, and not an empty one.
same()
{
	echo "$1" >"$work/line"
	shift
	hosts "$work/line"
	"$ask" "$@" >"$work/files"
	[ -n "$unmapped" ] || : >"$work/hosts"
	[ -n "$unmapped" ] || : >"$work/nsswitch"
	mapped "$ask" "$@" >"$work/table"
	echo 'hosts: files' >"$work/nsswitch"
	[ -s "$work/files" ] && diff -u "$work/files" "$work/table" >"$work/diff"
	verdict $? "ask $*: /etc/hosts (-), the table (+)"
	head -n 40 "$work/diff"
	echo "ask $*: $(wc -l <"$work/files") lines"
}

# answers PATTERN QUESTION...: with the library, some line matches.
answers()
{
	pattern=$1
	shift
	mapped "$ask" "$@" >"$work/table"
	grep -Eq -- "$pattern" "$work/table"
	verdict $? "ask $*: no line matches $pattern"
}

v4=198.18.137.2 v6=fd76:736f:636b:1::8902
for family in unspec inet; do
	same "$v4 db.internal" info $family db.internal
done
same "$v6 db.internal" info inet6 db.internal
same "$v4 db.internal" info unix db.internal
same "$v4 db.internal" info unspec DB.Internal
same "198.18.153.30 a.b.wild.test" info unspec a.b.wild.test
same "$v4 db.internal" async inet db.internal
same "$v6 db.internal" async inet6 db.internal
same "$v4 db.internal" host inet db.internal
same "$v4 db.internal" host inet DB.INTERNAL
same "$v6 db.internal" host inet6 db.internal
same "198.18.153.30 x.wild.test" host inet x.wild.test
same "$v4 db.internal" addr $v4
same "$v6 db.internal" addr $v6
# Nobody but the table knows localhost here.
same '127.0.0.1 localhost' info inet localhost
# (In a file, ::1 would be an IPv4 address, too.)
same '::1 localhost' quick inet6 localhost
same '127.0.0.1 localhost' host inet localhost
same '::1 localhost' host inet6 localhost
# A "*." pattern's address has no name, and nobody is asked for one.
same '' addr 198.18.153.30
same '' addr fd76:736f:636b:1::991e
# What the table does not name is the resolver's.
unmapped=yes
same '127.0.0.1 elsewhere.test' info unspec elsewhere.test
same '127.0.0.1 elsewhere.test' async inet elsewhere.test
same '127.0.0.1 elsewhere.test' host inet elsewhere.test
same '127.0.0.1 elsewhere.test' addr 127.0.0.1
same '127.0.0.1 elsewhere.test' info unspec wild.test
same '' info inet $v4
same '127.0.0.1 localhost and its aliases' info unspec localhost
same '::1 localhost and its aliases' info unspec localhost
same '127.0.0.7 localhost and its aliases' host inet localhost
same '127.0.0.1 other.test' addr 127.0.0.1

unmapped=

# Names in a resolver may end with a dot; names in /etc/hosts may not.
for name in db.internal. DB.internal. db.internal; do
	answers " $v4:1 db.internal\$" quick unspec $name
	answers "gethostbyname: db.internal .* $v4" host inet $name
done
answers ' 198.18.153.30:1 x.wild.test$' quick unspec x.wild.test.

# No network card at all.
ip addr del 10.99.0.1/32 dev lo
ip addr del fd00:99::1/128 dev lo
answers 'flags 0x20 .*: ok' quick unspec db.internal
answers 'flags 0x28 .*: ok' quick inet6 db.internal
umount /etc/nsswitch.conf
mount --bind "$work" /etc
answers 'flags 0x20 .*: ok' quick inet db.internal
echo "$passes passed, $failures failed"
[ $failures = 0 ]
