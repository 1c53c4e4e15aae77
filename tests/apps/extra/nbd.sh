#!/bin/sh
# SPDX-License-Identifier: MIT
# Network block devices: qemu-nbd and qemu-img, nbdkit and nbdcopy.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs qemu-nbd qemu-utils nbdkit nbdkit nbdcopy libnbd-bin ss iproute2
in_rig 300

truncate -s 20M disk
head -c 5000000 /dev/urandom | dd of=disk conv=notrunc status=none
start qemu 10809 qemu-nbd -t -f raw -p 10809 -e 5 disk
up qemu 10809
check "qemu-img info" client 10809 qemu-img info "nbd://$address:10809"
check "qemu-img convert" client 10809 qemu-img convert -O raw \
	"nbd://$address:10809" copy
check "... the same" cmp disk copy
start nbdkit 10810 nbdkit -f -p 10810 file disk
up nbdkit 10810
check "nbdcopy, with four connections" client 10810 nbdcopy -C 4 \
	"nbd://$address:10810" copy2
check "... the same" cmp disk copy2
for port in 10809 10810; do
	check "no TCP socket was made for port $port" no_tcp $port
done
check "no TCP connection was tried" no_opens
finish
