#!/bin/sh
# SPDX-License-Identifier: MIT
# Inside the test kernel: storm-inside.sh STORM SIGNALS THREADS PARKED
set -u
storm=$1 passed=0 failed=0
export TCP2VSOCK_MAP="127.0.0.1:* = vsock:local:*"

try()
{
	if tcp2vsock --engine=supervise -- "$storm" "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL: storm $*"
	fi
}

try timer "$2"
try timer "$2" restart
try threads "$3"
try parked "$4"
opens=$(awk '/^Tcp: [0-9]/ { print $6 + $7 }' /proc/net/snmp)
if [ "$opens" -eq 0 ]; then
	passed=$((passed + 1))
else
	failed=$((failed + 1))
	echo "FAIL: $opens connections over TCP"
fi
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
