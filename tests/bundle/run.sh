#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The bundle: made by scripts/bundle from two copies of the source, then used.
#
#	run.sh [PART...]	in a build tree; all parts, if none is given
#
# Parts: same symbols aarch64 libcs static headers containers debian11 (DEBIAN11=ROOT
# takes a root that is there). BUNDLE=FILE takes one that has been made, with that
# of aarch64 beside it (all parts but "same").
set -u
builddir=$(pwd)
srcdir=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd) || exit 99
here=$srcdir/tests/bundle
scratch=$(TMPDIR=/var/tmp mktemp -d -t bundle.XXXXXX) || exit 99
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'rm -rf "$scratch"' EXIT
umask 022

. "$srcdir/tests/expect.sh"
parts=${*:-same symbols aarch64 libcs static headers containers debian11}

# ---- made twice --------------------------------------------------------------

# made FOLDER: from the release's tarball, as scripts/bundle does it.
made()
{
	mkdir -p "$scratch/$1"
	make -s -C "$builddir" distdir distdir="$scratch/$1/source" &&
		"$scratch/$1/source/scripts/bundle"
}

bundles()
{
	(cd "$1" && echo *.tar.xz)
}

same_bytes()
{
	for archive in $(bundles "$scratch/one/source/build/bundle"); do
		cmp "$scratch/one/source/build/bundle/$archive" \
			"$scratch/another/place/source/build/bundle/$archive" ||
			return
	done
}

both_machines()
{
	[ "$(bundles "$scratch/one/source/build/bundle" | wc -w)" = 2 ] &&
		(cd "$scratch/one/source/build/bundle" &&
			sha256sum -c ./*.sha256)
}

part_same()
{
	expect 'scripts/bundle' made one
	expect 'both machines, and their checksums' both_machines
	expect 'from another folder' made another/place
	expect 'the same bytes' same_bytes
}

# ---- what is in it -----------------------------------------------------------

# versions FILE: of the symbols of glibc that it needs.
versions()
{
	objdump -T "$1" | grep -o 'GLIBC_[0-9.]*' | sort -Vu
}

# All of glibc's libraries, and one of them needs 2.17 (so they are looked at).
old_glibc()
{
	count=0
	for file in "$root"/lib*/*.so* "$root"/lib/*/*.so*; do
		[ -f "$file" ] && [ ! -L "$file" ] || continue
		count=$((count + 1))
		newest=$(versions "$file" | tail -n 1)
		[ "$newest" = GLIBC_2.17 ] || {
			echo "${file#"$root/"}: ${newest:-no symbols of glibc}"
			objdump -T "$file" | grep "${newest:-no}"
			return 1
		}
	done
	[ $count -ge 4 ]
}

# Of the C library nothing is inside, and nothing else is needed.
needed()
{
	readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort |
		tr '\n' ' '
}

needs_only()
{
	[ "$(needed "$root/\$LIB/libtcp2vsock.so")" = 'libc.so ' ] &&
		needed "$root/lib/libtcp2vsock.so" |
		grep -Ex '(ld-linux-[^ ]* )?libc.so.6 libdl.so.2 ' &&
		[ -z "$(needed "$root/bin/tcp2vsock")" ]
}

part_symbols()
{
	for machine in x86_64 aarch64; do
		archive=$(find "${bundle%/*}" -name "*-$machine.tar.xz")
		[ -n "$archive" ] || continue
		mkdir "$scratch/$machine"
		tar -C "$scratch/$machine" --strip-components=1 -xJf "$archive"
		root=$scratch/$machine
		expect "$machine: nothing newer than glibc 2.17" old_glibc
		expect "$machine: what the dynamic linker has to find" needs_only
	done
}

# In an emulated machine: the command with static programs, and the library.
part_aarch64()
{
	archive=$(find "${bundle%/*}" -name '*-aarch64.tar.xz')
	expect "a bundle for aarch64" test -f "$archive"
	expect "aarch64: its command, and some of the parity suite" \
		env BUNDLE="$archive" "$srcdir/tests/machines.sh" aarch64 \
		connect/nobody-listens data/half-close
	cat "$scratch/out"
}

# ---- where it is used ----------------------------------------------------------

cross=/usr/i686-linux-gnu/lib
programs()
{
	mkdir "$scratch/programs" &&
		gcc -o "$scratch/programs/glibc" "$here/fetch.c" &&
		musl-gcc -o "$scratch/programs/musl" "$here/fetch.c" &&
		musl-gcc -o "$scratch/programs/musl-runs" "$here/runs.c" &&
		i686-linux-gnu-gcc -o "$scratch/programs/i386" "$here/fetch.c" \
			-Wl,-rpath,$cross \
			-Wl,--dynamic-linker=$cross/ld-linux.so.2
}

# User Mode Linux runs no 32-bit programs.
libcs()
{
	cp "$bundle" "$scratch/programs/"
	"$srcdir/tests/rig/run" --qemu --timeout 600 "$here/libcs-inside.sh" \
		"$scratch/programs/${bundle##*/}" "$scratch/programs"
}

part_libcs()
{
	needs 'musl-tools gcc-i686-linux-gnu' musl-gcc i686-linux-gnu-gcc
	expect 'programs of three C libraries' programs
	expect 'one LD_PRELOAD for all' libcs
	grep '^ok' "$scratch/out"
}

# Nothing but the bundle is in that root: no libc, no shell, no /proc.
in_nothing()
{
	unshare -r chroot "$scratch/nothing" /opt/tcp2vsock/bin/tcp2vsock "$@"
}

refuses_nothing()
{
	in_nothing -m 'connect 10.0.0.5:1 = refuse' /none >"$scratch/said" 2>&1
	[ $? = 127 ] && grep -x 'tcp2vsock: /none: No such file or directory' \
		"$scratch/said"
}

# A static program, whose calls the command itself answers.
supervises()
{
	in_nothing -m 'connect 10.0.0.5:1 = refuse' /fetch 10.0.0.5 1 \
		>"$scratch/said" 2>&1
	[ $? = 1 ] && grep -x '/fetch: Connection refused' "$scratch/said"
}

part_static()
{
	needs musl-tools musl-gcc
	mkdir -p "$scratch/nothing/opt" &&
		tar -C "$scratch/nothing/opt" -xJf "$bundle" &&
		mv "$scratch"/nothing/opt/tcp2vsock-* "$scratch/nothing/opt/tcp2vsock"
	expect 'the command runs where nothing is' in_nothing --version
	expect 'and finds its library' refuses_nothing
	musl-gcc -static -o "$scratch/nothing/fetch" "$here/fetch.c"
	expect 'and supervises a static program' supervises
}

# ---- kernel headers of Linux 4.14 ----------------------------------------------

# A copy of this machine's, without what has come since.
old_headers()
{
	headers=$scratch/headers
	mkdir "$headers" &&
		cp -rL /usr/include/linux /usr/include/asm-generic \
			"/usr/include/$(uname -m)-linux-gnu/asm" "$headers/" ||
		return
	names=$(paste -sd '|' "$here/since-4.14")
	find "$headers" -name '*.h' -exec perl -0pi -e \
		"s/^#[ \\t]*define[ \\t]+($names)\\b(.*\\\\\n)*.*\n//mg" {} +
	perl -0pi -e 's/struct seccomp_notif\w* \{.*?\n\};\n//sg' \
		"$headers/linux/seccomp.h"
	rm "$headers/linux/vm_sockets_diag.h"
	printf '#undef %s\n#define %s 6\n' SO_VM_SOCKETS_CONNECT_TIMEOUT \
		SO_VM_SOCKETS_CONNECT_TIMEOUT >>"$headers/linux/vm_sockets.h"
}

builds_with_them()
{
	mkdir "$scratch/old" && cd "$scratch/old" &&
		"$srcdir/configure" -q --enable-werror PKG_CONFIG=false \
			CPPFLAGS="-isystem $headers" && make -s -j"$(nproc)" &&
		make -s tests/parity/parity
}

# What the copy lacks, the preprocessor does not see.
lacks()
{
	for name in VMADDR_CID_LOCAL SYS_pidfd_getfd SYS_io_uring_setup; do
		printf '#include <sys/socket.h>\n#include <sys/syscall.h>
			#include <linux/vm_sockets.h>\n%s\n' $name |
			gcc -E -isystem "$headers" - | tail -n 1 | grep -x $name ||
			return
	done
}

part_headers()
{
	expect 'headers of Linux 4.14, nearly' old_headers
	expect 'they lack what they should' lacks
	expect 'it builds with them' builds_with_them
}

# ---- Debian 11: glibc 2.31, gcc 10, Linux 5.10 -----------------------------------

packages=build-essential,autoconf,automake,libtool,pkg-config,procps
packages=$packages,redis-server,redis-tools,curl,postgresql,postgresql-client
packages=$packages,python3,nodejs,user-mode-linux,busybox-static

debian11()
{
	debootstrap --variant=minbase --include="$packages" bullseye "$root" \
		"${DEBIAN_MIRROR:-http://deb.debian.org/debian}"
}

there()
{
	chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"
}

builds_there()
{
	rm -rf "$root/src"
	make -s -C "$builddir" distdir distdir="$root/src" &&
		there sh -c 'mkdir /src/b && cd /src/b &&
			../configure --enable-werror && make -j2'
}

# programs_there TCP2VSOCK: on that release's kernel.
programs_there()
{
	env -u TCP2VSOCK_RIG TCP2VSOCK_RIG_IMAGE="$root/usr/bin/linux.uml" \
		"$srcdir/tests/rig/run" --kernel --timeout 600 sh "$here/rooted.sh" "$root" \
		sh /inside.sh "$1"
}

# With this machine's programs, on that kernel. Its AF_VSOCK has no SO_BUF_LOCK,
# which came with 5.14, looks at no MSG_ERRQUEUE, and its poll() at no SO_RCVLOWAT.
parity_there()
{
	make -s -C "$builddir" tests/parity/parity preload/libtcp2vsock.la \
		>&2 || return
	env -u TCP2VSOCK_RIG TCP2VSOCK_RIG_IMAGE="$root/usr/bin/linux.uml" \
		"$srcdir/tests/parity/run.sh" >"$scratch/parity"
	tail -n 1 "$scratch/parity"
	sed -n 's/^FAIL \([^:]*\):.*/\1/p' "$scratch/parity" | sort \
		>"$scratch/differ"
	grep -Eq '^[0-9]{3,} passed' "$scratch/parity" &&
		diff "$here/differs-on-5.10" "$scratch/differ"
}

part_debian11()
{
	needs debootstrap debootstrap
	root=${DEBIAN11:-$scratch/debian11}
	[ -d "$root" ] || expect 'a Debian 11' debian11
	expect 'it builds there' builds_there
	rm -rf "$root/bundle" && mkdir "$root/bundle" &&
		tar -C "$root/bundle" --strip-components=1 -xJf "$bundle" &&
		cp "$here/debian11-inside.sh" "$root/inside.sh"
	expect 'its programs, by the bundle' \
		programs_there /bundle/bin/tcp2vsock
	grep '^ok' "$scratch/out"
	printf '%s\n' '#!/bin/sh' 'exec /src/b/run tcp2vsock "$@"' \
		>"$root/built" && chmod 755 "$root/built"
	expect 'its programs, by what is built there' programs_there /built
	expect 'the parity suite on its kernel' parity_there
	tail -n 1 "$scratch/out"
}

# ---- containers ------------------------------------------------------------------

# image NAME: a root with a program and its C library, and nothing else.
image()
{
	tar -C "$scratch/$1" -cf "$scratch/images/$1.tar" .
}

images()
{
	roots=$scratch/musl/lib,$scratch/busybox/bin,$scratch/go,$scratch/images
	roots=$roots,$scratch/glibc/lib64,$scratch/glibc/lib/x86_64-linux-gnu
	(IFS=, && mkdir -p $roots) &&
		musl-gcc -o "$scratch/musl/fetch" "$here/fetch.c" &&
		cp -L /lib/ld-musl-x86_64.so.1 "$scratch/musl/lib/" &&
		gcc -o "$scratch/glibc/fetch" "$here/fetch.c" &&
		cp -L /lib64/ld-linux-x86-64.so.2 "$scratch/glibc/lib64/" &&
		cp -L /lib/x86_64-linux-gnu/libc.so.6 \
			/lib/x86_64-linux-gnu/libdl.so.2 \
			"$scratch/glibc/lib/x86_64-linux-gnu/" &&
		CGO_ENABLED=0 GO111MODULE=off GOCACHE="$scratch/gocache" \
			go build -o "$scratch/go/fetch" "$here/fetch.go" &&
		cp /bin/busybox "$scratch/busybox/bin/cp" &&
		image musl && image glibc && image go && image busybox &&
		cp "$srcdir/packaging/Containerfile" "$scratch/images/"
}

# The guide's pod: on this kernel its target is this machine itself.
pod()
{
	"$here/pod.py" "$srcdir/doc/containers.md" >"$scratch/pod" &&
		sed 's/vsock:host:/vsock:local:/' "$scratch/pod" \
			>"$scratch/images/pod.sh"
}

containers()
{
	cp "$bundle" "$scratch/images/"
	"$srcdir/tests/rig/run" --kernel --mem 3G --timeout 1200 \
		"$here/containers-inside.sh" \
		"$scratch/images/${bundle##*/}" "$scratch/images" \
		"$srcdir/doc/containers.md"
}

part_containers()
{
	needs 'musl-tools golang-go podman crun buildah jq' \
		musl-gcc go podman crun jq
	expect 'images of two C libraries, and of none' images
	expect "the guide's pod, as Kubernetes' models read it" pod
	expect 'the bundle in containers' containers
	grep '^ok' "$scratch/out"
}

bundle=${BUNDLE:-$scratch/one/source/build/bundle}
[ -f "$bundle" ] || case " $parts " in
*' same '*) ;;
*) expect 'scripts/bundle' made one ;;
esac
for part in $parts; do
	if [ "$part" != same ] && [ ! -f "$bundle" ]; then
		bundle=$(find "$bundle" -name "*-$(uname -m).tar.xz")
		expect "there is a bundle: $bundle" test -f "$bundle"
	fi
	"part_$part"
done
finish
