#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What the size of a connection's buffer (the word buffer= of a rule) does for
# throughput, in pieces of 1 MiB: a smaller one, when it is all that is under
# way, fills no large buffer. The sizes are taken up and down in turn. Runs in
# the test kernel (tests/rig/run), in the top of a build tree. Writes a line for each figure:
#
#	WHAT,KIB,ROUND,BYTES_PER_SECOND
#
#	buffer.sh ROUNDS MILLISECONDS KIB...
set -u
rounds=$1 ms=$2
shift 2
# shellcheck source=tests/bench/common.sh
. "$(dirname "$0")/common.sh"

for kib; do
	port=$((20000 + kib))
	echo "127.0.0.1:$port = vsock:local:$port buffer=${kib}K"
done >"$table"
for kib; do
	start ready "${redirected[@]}" "$traffic" tcp serve $((20000 + kib))
done

start_client library

up=("$@") down=()
for kib; do
	down=("$kib" "${down[@]}")
done
for ((round = 1; round <= rounds; round++)); do
	sizes=("${up[@]}")
	((round % 2)) || sizes=("${down[@]}")
	for what in send receive; do
		for kib in "${sizes[@]}"; do
			measure library $((20000 + kib)) $what 1048576 1 \
				"$ms"
			echo "$what,$kib,$round,$figure"
		done
	done
done
