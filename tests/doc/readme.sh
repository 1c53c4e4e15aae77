#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What README.md shows of a program is what the program prints: its commands
# are run as they stand there, where there is a loopback.
: "${srcdir:=$(dirname "$0")/../..}"
top=$(cd "$srcdir" && pwd) || exit 99
exec "$top/tests/rig/run" --timeout 300 "$top/tests/doc/readme-inside.sh" \
	"$top/README.md" "$(pwd)"
