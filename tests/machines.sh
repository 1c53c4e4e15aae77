#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Other machines than this one: everything cross-compiled, and the parity suite
# run in an emulated machine, whose kernel and C library are Debian's.
#
#	machines.sh [MACHINE [CHECK...]]	all machines, all checks
#
#	aarch64		Graviton, for one
#	i686		32-bit programs, on a kernel of 64 bits
#	s390x		big-endian
#
# BUNDLE=FILE takes the library from there, and tries its command.
set -u
srcdir=$(cd "${srcdir:-$(dirname "$0")/..}" && pwd) || exit 99
scratch=$(TMPDIR=/tmp mktemp -d -t machines.XXXXXX) || exit 99
umask 022
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
here=$srcdir/tests/parity

. "$srcdir/tests/expect.sh"
. "$srcdir/scripts/foreign.sh"
machines=${1:-aarch64 i686 s390x}
[ $# -eq 0 ] || shift

# The names that Debian, the kernel and qemu have for a machine.
know()
{
	machine=$1
	case $machine in
	aarch64)
		debian=arm64 kernel=arm64 console=ttyAMA0
		image=linux-image-cloud-arm64
		emulator='qemu-system-aarch64 -M virt -cpu max'
		packages=qemu-system-arm
		;;
	i686)
		debian=i386 kernel=amd64 console=ttyS0
		image=linux-image-cloud-amd64
		emulator='qemu-system-x86_64 -M pc -cpu max,-cx16'
		packages=qemu-system-x86
		;;
	s390x)
		debian=s390x kernel=s390x console=ttyS0
		image=linux-image-s390x
		emulator='qemu-system-s390x -M s390-ccw-virtio -cpu max'
		packages=qemu-system-misc
		;;
	*)
		echo "machines.sh: $machine?" >&2
		exit 2
		;;
	esac
	cross=$machine-linux-gnu
	home=$scratch/$machine
	root=$home/root
	inside=$home/initramfs
	needs "gcc-$cross libc6-dev-$debian-cross" "$cross-gcc"
	needs "$packages" "${emulator%% *}"
	needs busybox-static busybox
}

# ---- its packages --------------------------------------------------------

# The package of the newest kernel, which the one without a version asks for.
kernel_package()
{
	foreign apt-cache depends "$image:$kernel" |
		sed -n "s/^ *Depends: \(linux-image-[^ :]*\).*/\1:$kernel/p" |
		head -n 1
}

unpack()
{
	foreign_apt "$home" "$debian" "$kernel"
	foreign_unpack "$root" "$(kernel_package)" libc6 libgcc-s1 busybox-static
}

# ---- what is ours ---------------------------------------------------------

build()
{
	mkdir "$home/build" && cd "$home/build" &&
		"$srcdir/configure" -q --host="$cross" --enable-werror \
			PKG_CONFIG=false &&
		make -j"$(nproc)" && make -j"$(nproc)" tests/parity/parity \
			tests/parity/breaker.la
}

# ---- and both together ------------------------------------------------------

write_init()
{
	cat <<-END
	#!/bin/busybox sh
	/bin/busybox --install -s /bin
	export PATH=/bin
	mount -t proc proc /proc
	mount -t sysfs sysfs /sys
	mount -t devtmpfs devtmpfs /dev
	mkdir -p /dev/shm /dev/pts
	mount -t tmpfs tmpfs /dev/shm
	mount -t tmpfs tmpfs /tmp
	mount -t devpts devpts /dev/pts
	for module in /modules/*; do insmod \$module; done
	ip link set lo up
	hostname rig
	ulimit -n 16384
	cd /test
	[ ! -e /opt/tcp2vsock ] || sh machine-inside.sh
	PARITY_LIMIT=120 sh both.sh ./parity ./libtcp2vsock.so ./table.conf \\
		./breaker.so '' $*
	poweroff -f
	END
}

# The modules in the order in which they need each other.
copy_modules()
{
	number=10
	for name in crc-ccitt ipv6 vsock vmw_vsock_virtio_transport_common \
		vsock_loopback vsock_diag; do
		find "$root/lib/modules" "$root/usr/lib/modules" \
			-name "$name.ko*" -exec cp {} \
			"$inside/modules/$number-$name.ko" \; 2>/dev/null
		number=$((number + 1))
	done
}

# Static programs and shells of the machine have nothing but this folder.
add_bundle()
{
	mkdir -p "$inside/opt/tcp2vsock" &&
		tar -C "$inside/opt/tcp2vsock" --strip-components=1 -xJf "$BUNDLE" &&
		cp "$inside/opt/tcp2vsock/lib/$cross/libtcp2vsock.so" \
			"$srcdir/tests/bundle/machine-inside.sh" "$inside/test/"
}

# pack [CHECK...]
pack()
{
	mkdir -p "$inside/bin" "$inside/lib" "$inside/modules" "$inside/etc" \
		"$inside/proc" "$inside/sys" "$inside/dev" "$inside/tmp" \
		"$inside/test" || return
	cp "$root/bin/busybox" "$inside/bin/" &&
		find "$root" \( -name 'lib*.so.[0-9]*' -o -name 'ld*.so.*' \) \
			-exec cp -L {} "$inside/lib/" \; &&
		cp "$home/build/preload/.libs/libtcp2vsock.so" \
			"$home/build/tests/parity/parity" \
			"$home/build/tests/parity/.libs/breaker.so" \
			"$here/both.sh" "$here/table.conf" "$inside/test/" ||
		return
	[ -z "${BUNDLE:-}" ] || add_bundle || return
	copy_modules
	echo '127.0.0.1 localhost' >"$inside/etc/hosts"
	echo 'root:x:0:0::/:/bin/sh' >"$inside/etc/passwd"
	write_init "$@" >"$inside/init" && chmod 755 "$inside/init"
	(cd "$inside" && find . | busybox cpio -o -H newc -R 0:0 >"$home/initrd")
}

boot()
{
	: >"$home/log"
	# shellcheck disable=SC2086
	timeout -k 5 3600 $emulator -accel tcg,thread=multi -smp 2 -m 1G \
		-nodefaults -no-reboot -display none -serial "file:$home/log" \
		-kernel "$root"/boot/vmlinuz-* -initrd "$home/initrd" \
		-append "console=$console quiet panic=-1 rdinit=/init"
	tr -d '\r' <"$home/log" >"$home/transcripts"
}

# What a machine has no means for is skipped.
parity()
{
	boot
	TCP2VSOCK_TESTS_MUST_RUN=0 "$here/compare.sh" "$home/transcripts" "$here/documented" \
		>"$home/report" && return
	cat "$home/report"
	return 1
}

for machine in $machines; do
	know "$machine"
	expect "$machine: Debian's packages" unpack
	expect "$machine: it builds" build
	expect "$machine: all of it for a machine" pack "$@"
	expect "$machine: the parity suite" parity
	tail -n 1 "$home/report"
	[ -z "${BUNDLE:-}" ] || expect "$machine: the bundle's command" \
		grep -x 'bundle: served' "$home/transcripts"
done
finish
