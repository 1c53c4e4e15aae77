#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Every question that can be asked of libc about a name or an address, each
# STEP-th in fact: what libc answers when the names are in /etc/hosts, and what
# it answers with the library when they are in the table.
#
#	every-inside.sh EVERY LIBRARY STEP [inside]
#
# Not compared, since the two differ for a reason:
#   NI_NOFQDN where the host's name has a domain: glibc cuts that off. The table's
#     names are of other machines, and POSIX says "for local hosts"
#   ::ffff:198.18.137.2 has the name of 198.18.137.2, as with a DNS server; the lines
#     of /etc/hosts are not looked at in that way
#   AF_UNSPEC: the table's answer is IPv4, so is /etc/hosts' here
#   localhost as AF_INET6: glibc counts "::1" in a file as an IPv4 address, too.
#     Both runs have the line, and the library asks libc
set -u
every=$1 library=$2 step=$3
[ "${4-}" = inside ] || {
	root=
	[ "$(id -u)" = 0 ] || root=-r
	exec unshare $root -mnu "$0" "$every" "$library" "$step" inside
}

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
passes=0 failures=0

# Four labels, 253 characters.
longest=$(seq 253 | sed 's/.*/n/; 61~60s/.*/./' | tr -d '\n')
rules="connect first.test:1 = refuse
connect db.internal:5432 = vsock:1:5432
connect *.wild.test:80 = vsock:1:80
connect xn--bcher-kva.internal:80 = vsock:1:80
connect $longest:80 = vsock:1:80
connect localhost:80 = vsock:1:80
connect xn--a.internal:80 = vsock:1:80"

v6=fd76:736f:636b:1:

# The table's exact names, with their addresses of family 4 or 6.
exact_names()
{
	case $1 in
	4) set -- 198.18.137.2 198.19.250.5 198.19.160.160 198.19.33.233 ;;
	6) set -- $v6:8902 $v6:1:fa05 $v6:1:a0a0 $v6:1:21e9 ;;
	esac
	printf '%s\n' "$1 db.internal db.internal." \
		"$2 xn--bcher-kva.internal xn--bcher-kva.internal." \
		"$3 $longest" "$4 xn--a.internal"
}

# A "*." pattern's address has no name, so only questions about names see these.
pattern_names()
{
	[ "$1" = 4 ] && set -- 198.18.153.30 || set -- $v6:991e
	for name in a.b.wild.test 'A.Wild.TEST A.Wild.TEST.' \
		"$(printf 'caf\303\251.wild.test')" xn--caf-dma.wild.test \
		xn--a.wild.test; do
		echo "$1 $name"
	done
}

# What is in /etc/hosts in both runs.
elsewhere()
{
	printf '%s\n' '10.0.0.7 elsewhere.test' 'fd00::7 elsewhere.test'
	[ "$1" != 10 ] || echo '::1 localhost localhost.'
}

# hosts KIND FAMILY: the table, as /etc/hosts has it.
hosts()
{
	case $1,$2 in
	addresses,*) which='4 6' ;;
	*,10) which=6 ;;
	*) which=4 ;;
	esac
	for version in $which; do
		exact_names "$version"
		[ "$1" = addresses ] || pattern_names "$version"
	done
	[ "$1" = addresses ] || [ "$2" = 10 ] || echo '127.0.0.1 localhost localhost.'
	elsewhere "$2"
}

by_file()
{
	cat "$work/by-file" >"$work/hosts"
	"$every" "$@"
}

by_table()
{
	cat "$work/elsewhere" >"$work/hosts"
	LD_PRELOAD=$library TCP2VSOCK_MAP=$rules "$every" "$@"
}

show_difference()
{
	by_file "$@" >"$work/1"
	by_table "$@" >"$work/2"
	diff -u "$work/1" "$work/2" | sed 1,2d
}

# compare KIND LOCALE FAMILY
compare()
{
	what="$1, locale $2, family $3"
	hosts "$1" "$3" >"$work/by-file"
	elsewhere "$3" >"$work/elsewhere"
	by_file "$@" "$step" >"$work/a"
	by_table "$@" "$step" >"$work/b"
	paste "$work/a" "$work/b" | awk '$2 != $4 { print $1 }' >"$work/differ"
	if [ -s "$work/a" ] && [ ! -s "$work/differ" ]; then
		passes=$((passes + 1))
		echo "ok: $what: $(wc -l <"$work/a") questions"
		return
	fi
	failures=$((failures + 1))
	echo "FAIL: $what: $(wc -l <"$work/differ") answers differ," \
		"/etc/hosts (-), the table (+), such as:"
	for n in $(head -n 5 "$work/differ"); do
		show_difference "$@" show "$n"
	done
}

# ADDRCONFIG asks for an address other than loopback.
hostname rig
ip link set lo up
ip addr add 10.99.0.1/32 dev lo
ip addr add fd00:99::1/128 dev lo nodad
: >"$work/hosts"
: >"$work/empty"
echo 'hosts: files' >"$work/nsswitch"
mount --bind "$work/hosts" /etc/hosts &&
	mount --bind "$work/empty" /etc/resolv.conf &&
	mount --bind "$work/nsswitch" /etc/nsswitch.conf || exit 99

# AF_UNSPEC, AF_INET, AF_INET6, AF_UNIX and one that nobody has.
for locale in C C.UTF-8; do
	for family in 0 2 10 1 77; do
		compare names $locale $family
	done
	for family in 2 10 77; do
		compare addresses $locale $family
	done
done
echo "$passes passed, $failures failed"
[ $failures = 0 ]
