#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The RPM packages, from the release's tarball: built, taken apart, and the
# command run with its library. The C library is this machine's, so what they
# depend on is not looked at.
#
#	rpm.sh	in a build tree
set -u
builddir=$(pwd)
srcdir=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd) || exit 99
scratch=$(TMPDIR=/var/tmp mktemp -d -t rpm.XXXXXX) || exit 99
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'rm -rf "$scratch"' EXIT

. "$(dirname "$0")/../expect.sh"
needs rpm rpmbuild rpm2archive

# A file that no package lists ends rpmbuild with an error.
build()
{
	mkdir "$scratch/SOURCES" "$scratch/root" || return
	make -C "$builddir" distdir distdir="$scratch/tcp2vsock-$version" &&
		tar -C "$scratch" -cJf \
			"$scratch/SOURCES/tcp2vsock-$version.tar.xz" \
			"tcp2vsock-$version" &&
		rpmbuild --nodeps --define "_topdir $scratch" -bb \
			"$scratch/tcp2vsock-$version/packaging/tcp2vsock.spec"
}

take_apart()
{
	for package in "$scratch"/RPMS/*/*.rpm; do
		rpm2archive "$package" || return
		tar -C "$scratch/root" -xzf "$package.tgz" || return
	done
}

# Where the command will look is where the package has it.
has_library()
{
	libdir=$(rpm --eval '%{_libdir}')
	grep -aq "$libdir/tcp2vsock/libtcp2vsock.so" "$root/usr/bin/tcp2vsock" &&
		test -e "$root$libdir/tcp2vsock/libtcp2vsock.so"
}

runs()
{
	env TCP2VSOCK_LIBRARY="$root$libdir/tcp2vsock/libtcp2vsock.so" \
		"$root/usr/bin/tcp2vsock" -m 'connect 10.0.0.5:5432 = refuse' \
		grep "$root.*libtcp2vsock.so" /proc/self/maps
}

root=$scratch/root
version=$(sed -n 's/^AC_INIT(\[tcp2vsock\], \[\([^]]*\)\].*/\1/p' \
	"$srcdir/configure.ac")
expect 'rpmbuild' build
expect 'three packages, and they can be read' take_apart
expect 'the library is where the command looks' has_library
expect 'the command loads it' runs
expect 'the manual is there' \
	ls "$root"/usr/share/man/man1/tcp2vsock.1*
finish
