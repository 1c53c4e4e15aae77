#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The Debian packages, from the release's tarball: built, looked at by lintian,
# installed into a fresh Debian, used there, purged again.
#
#	debian.sh	in a build tree; as root for the fresh Debian
set -u
builddir=$(pwd)
scratch=$(TMPDIR=/var/tmp mktemp -d -t debian.XXXXXX) || exit 99
root=$scratch/root
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'umount "$root/proc" 2>/dev/null; rm -rf "$scratch"' EXIT

. "$(dirname "$0")/../expect.sh"
needs 'debhelper lintian debootstrap' dpkg-buildpackage dh lintian debootstrap

build()
{
	make -C "$builddir" distdir distdir="$scratch/tcp2vsock-0" &&
		cd "$scratch/tcp2vsock-0" &&
		dpkg-buildpackage -b -us -uc
}

look()
{
	lintian --fail-on error --allow-root "$scratch"/*.changes
}

fresh()
{
	debootstrap --variant=minbase bookworm "$root" \
		"${DEBIAN_MIRROR:-http://deb.debian.org/debian}"
	mount -t proc proc "$root/proc"
	rm -f "$scratch"/*-dbgsym_*.deb
	cp "$scratch"/*.deb "$root/"
}

inside()
{
	chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

files()
{
	(cd "$root" && find . -path ./proc -prune -o -path ./var -prune -o \
		-type f -print | sort)
}

install()
{
	files >"$scratch/before"
	inside sh -c 'dpkg -i /*.deb'
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

expect 'dpkg-buildpackage' build
expect 'lintian has no error' look
grep '^W:' "$scratch/out"
if [ "$(id -u)" = 0 ]; then
	expect 'a fresh Debian' fresh
	expect 'the packages are installed' install
	expect 'the command finds its library' inside \
		tcp2vsock -m 'connect 10.0.0.5:1 = refuse' true
	expect 'a program is redirected' refuses
	expect 'the manual is there' test -e \
		"$root/usr/share/man/man1/tcp2vsock.1.gz"
	expect 'nothing is left after purging' purge
else
	echo 'not checked here: the installation, by root only'
fi
finish
