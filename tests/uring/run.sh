#!/bin/sh
# SPDX-License-Identifier: MIT
# TCP2VSOCK_IO_URING=off: io_uring_setup(2) is not there, for a program that
# makes the call by itself, nor for its children. "on" changes nothing; anything else is an error.
set -u
library=$PWD/preload/.libs/libtcp2vsock.so
program=$PWD/tests/uring/setup
failed=0

# with VALUE COMMAND...
with()
{
	value=$1
	shift
	TCP2VSOCK_MAP='connect 10.0.0.5:1 = vsock:3:1' LD_PRELOAD=$library \
		TCP2VSOCK_IO_URING=$value "$@"
}

expect()
{
	[ "$2" = "$3" ] && return
	echo "$1: '$2' in place of '$3'"
	failed=1
}

plain=$("$program")
[ "$plain" != skip ] || exit 77
expect off "$(with off "$program")" ENOSYS
expect "off, a child" "$(with off sh -c "$program; true")" ENOSYS
expect on "$(with on "$program")" "$plain"
said=$(with no "$program" 2>&1)
expect "no, the status" $? 125
expect no "${said#*: }" "TCP2VSOCK_IO_URING: expected off or on"
expect unset "$(with '' "$program")" "$plain"
expect "no table" "$(TCP2VSOCK_IO_URING=off LD_PRELOAD=$library "$program")" \
	"$plain"
exit $failed
