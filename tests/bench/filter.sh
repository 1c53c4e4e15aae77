#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What the supervisor's filter costs a call that it is not asked about, on this
# machine itself, in pairs: lines CALL,WITHOUT_NS,WITH_NS. Nothing where no
# supervisor can be had. In the top of a build tree.
#
#	filter.sh TURNS
set -u
supervised=(launcher/tcp2vsock --engine=supervise -m '10.0.0.1:1 = vsock:3:1' --)
"${supervised[@]}" true 2>/dev/null || exit 0
for ((i = 0; i < $1; i++)); do
	paste -d , <(tests/bench/filter) <("${supervised[@]}" \
		tests/bench/filter | cut -d , -f 2) || exit 1
done
