#!/bin/sh
# SPDX-License-Identifier: MIT
# File systems whose connection a program makes: sshfs (FUSE), diodmount (9P).
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs sshd openssh-server ssh openssh-client sshfs sshfs diod diod ss iproute2
in_rig 300

load() {
	for module in "$@"; do
		insmod "/usr/lib/uml/modules/$(uname -r)/kernel/$module.ko" ||
			modprobe "${module##*/}" || exit 77
	done
}

same_through() {
	check "$1: a file is read" cmp export/file mounted/file
	check "$1: one is written" cp export/file mounted/copy
	check "$1: ... the same on the other side" cmp export/file export/copy
	check "$1: a folder" sh -c 'mkdir mounted/a && mv mounted/copy mounted/a &&
		[ -e export/a/copy ] && rm -r mounted/a && [ ! -e export/a ]'
}

mkdir export mounted
head -c 3000000 /dev/urandom >export/file

load fs/fuse/fuse
make_sshd
start sshd 2222 $sshd
up sshd 2222
check "sshfs" client 2222 sshfs -p 2222 -o "IdentityFile=$PWD/key" \
	-o "UserKnownHostsFile=$PWD/known" -o StrictHostKeyChecking=accept-new \
	-o BatchMode=yes -F /dev/null root@$address:"$PWD/export" mounted
same_through sshfs
check "umount" umount mounted

load fs/netfs/netfs fs/fscache/fscache net/9p/9pnet net/9p/9pnet_fd fs/9p/9p
start diod 5640 diod -f -n -U root -l 0.0.0.0:5640 -e "$PWD/export"
up diod 5640
check "diodmount" client 5640 diodmount -n -o port=5640 \
	"$address:$PWD/export" mounted
same_through diodmount
check "umount" umount mounted
for port in 2222 5640; do
	check "no TCP socket was made for port $port" no_tcp $port
done
check "no TCP connection was tried" no_opens
finish
