# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# Roots of Debian's releases; sourced by tests that need another than this
# machine's. By root only.

# root_make RELEASE ROOT: its base and no more. A folder DEBIAN_ROOTS/RELEASE that
# debootstrap made is copied in its place.
root_make()
{
	if [ -d "${DEBIAN_ROOTS:-/nonexistent}/$1" ]; then
		cp -a --reflink=auto "$DEBIAN_ROOTS/$1" "$2"
	else
		debootstrap --variant=minbase "$1" "$2" \
			"${DEBIAN_MIRROR:-http://deb.debian.org/debian}"
	fi && cp /etc/resolv.conf "$2/etc/"
}

# root_run ROOT COMMAND...: as root, and all that it starts ends with it. In a
# chroot nobody could make a user namespace, hence pivot_root(8).
root_run()
{
	# shellcheck disable=SC2016
	unshare --mount --pid --fork --kill-child --propagation private sh -c '
		mount --bind "$1" "$1" && cd "$1" && shift &&
			mount --rbind /dev dev && mount --rbind /sys sys &&
			mount -t proc proc proc &&
			mount -t tmpfs -o mode=1777 tmpfs tmp &&
			pivot_root . mnt && umount -l /mnt || exit 99
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
			DEBIAN_FRONTEND=noninteractive LANG=C ${CI+CI="$CI"} \
			"$@"' sh "$@" </dev/null
}
