#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The Debian packages, from the release's tarball: built on a release, looked at
# by its lintian, installed into a fresh root of it, used there, purged again.
#
#	debian.sh [RELEASE...]	in a build tree, as root; bookworm and trixie,
#				if none is given
set -u
builddir=$(pwd)
srcdir=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd) || exit 99
scratch=$(TMPDIR=/var/tmp mktemp -d -t debian.XXXXXX) || exit 99
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'rm -rf "$scratch"' EXIT

. "$srcdir/tests/expect.sh"
. "$srcdir/tests/root.sh"
needs debootstrap debootstrap
[ "$(id -u)" = 0 ] || {
	echo 'skipped: it needs root'
	exit 77
}

fresh()
{
	rm -rf "$root" "$builder"
	root_make "$release" "$root" && cp -a --reflink=auto "$root" "$builder"
}

inside()
{
	root_run "$root" "$@"
}

build()
{
	mkdir "$builder/src" &&
		make -C "$builddir" distdir distdir="$builder/src/tcp2vsock-0" &&
		root_run "$builder" sh -ec 'apt-get update
			apt-get install -y --no-install-recommends \
				build-essential lintian
			cd /src/tcp2vsock-0
			apt-get build-dep -y --no-install-recommends ./
			dpkg-buildpackage -b -us -uc'
}

look()
{
	root_run "$builder" sh -c \
		'lintian --fail-on error --allow-root /src/*.changes'
}

files()
{
	(cd "$root" && find . -path ./proc -prune -o -path ./var -prune -o \
		-type f -print | sort)
}

install()
{
	rm -f "$builder"/src/*-dbgsym_*.deb
	files >"$scratch/before"
	mkdir "$root/packages" && cp "$builder"/src/*.deb "$root/packages/" &&
		inside sh -c 'dpkg -i /packages/*.deb' && rm -r "$root/packages"
}

# The rule is in force: perl's connect() is refused, and nothing was sent.
refuses()
{
	inside tcp2vsock -m 'connect 10.0.0.5:1 = refuse' perl -e '
		use Socket;
		socket(my $s, PF_INET, SOCK_STREAM, 0) or die;
		connect($s, sockaddr_in(1, inet_aton("10.0.0.5")));
		print "$!\n"' | grep 'Connection refused'
}

purge()
{
	inside dpkg -P tcp2vsock libvsock-dev libvsock0 &&
		files | diff "$scratch/before" -
}

root=$scratch/root builder=$scratch/builder
[ $# -gt 0 ] || set -- bookworm trixie
for release; do
	expect "a fresh $release" fresh
	expect "$release: dpkg-buildpackage" build
	expect "$release: lintian has no error" look
	grep '^W:' "$scratch/out"
	expect "$release: the packages are installed" install
	expect "$release: the command finds its library" inside \
		tcp2vsock -m 'connect 10.0.0.5:1 = refuse' true
	expect "$release: a program is redirected" refuses
	expect "$release: the manual is there" test -e \
		"$root/usr/share/man/man1/tcp2vsock.1.gz"
	expect "$release: nothing is left after purging" purge
done
finish
