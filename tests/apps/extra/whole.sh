#!/bin/sh
# SPDX-License-Identifier: MIT
# The programs of etcd, go, past and static again, each time the whole test, a
# shell script with all that it starts, under one supervisor.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs etcd etcd-server caddy caddy php php-cli cargo cargo
export WHOLE=1

for test in etcd go past static; do
	check "$test" "$srcdir/tests/apps/extra/$test.sh"
done
finish
