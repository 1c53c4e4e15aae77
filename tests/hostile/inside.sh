#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Inside the test kernel: the same calls on TCP and through both doors.
#
#   inside.sh PROGRAM LIBRARY OUT FIRST COUNT
set -u
program=$1 library=$2 out=$3 first=$4 count=$5
export TCP2VSOCK_MAP='127.0.0.1:* = vsock:local:*
[::1]:* = vsock:local:*
connect 0.0.0.0:* = vsock:local:*
connect [::]:* = vsock:local:*
listen *:* = vsock:any:*'

"$program" "$first" "$count" >"$out/tcp"
LD_PRELOAD=$library "$program" "$first" "$count" >"$out/preload"
tcp2vsock --engine=supervise -- "$program" "$first" "$count" >"$out/supervise"
