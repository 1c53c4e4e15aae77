# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# What the tests of hybrid vsock have in common: a monitor at $path, which ends
# with the shell; $dir is theirs, and goes with it.

command -v python3 >/dev/null || {
	echo "no python3"
	[ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ] && exit 99
	exit 77
}
umask 022
# The lines of a process and its child are compared in their order.
export PYTHONUNBUFFERED=1
library=$PWD/preload/.libs/libtcp2vsock.so
dir=$(mktemp -d) || exit 99
path=$dir/v.sock
# One of the checks binds as another user.
chmod 1777 "$dir"
mkfifo "$dir/life" "$dir/ready" || exit 99
python3 "$srcdir/tests/hybrid/monitor.py" "$path" \
	<"$dir/life" >"$dir/ready" &
exec 9>"$dir/life"
read -r word <"$dir/ready" && [ "$word" = ready ] || exit 99
trap 'exec 9>&-; wait; rm -rf "$dir"' EXIT
