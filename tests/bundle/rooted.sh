#!/bin/sh
# SPDX-License-Identifier: MIT
# rooted.sh ROOT COMMAND...: in the test kernel, with ROOT as the root.
set -eu
root=$1
shift
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs tmpfs "$root/run"
exec chroot "$root" env TMPDIR=/tmp "$@"
