# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# What the tests of hybrid vsock have in common: $dir is theirs, and goes with
# the shell. In it is $path, a monitor's socket, which ends with the shell, too;
# where $target is unix there is no monitor, and $path is the first part of its
# sockets' names.

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
if [ "${target:-hvsock}" = hvsock ]; then
	mkfifo "$dir/life" "$dir/ready" || exit 99
	python3 "$srcdir/tests/hybrid/monitor.py" "$path" \
		<"$dir/life" >"$dir/ready" &
	exec 9>"$dir/life"
	read -r word <"$dir/ready" && [ "$word" = ready ] || exit 99
fi
trap 'exec 9>&-; wait; rm -rf "$dir"' EXIT

# As long as it may be when "_15" is behind it.
long=$(printf "%s/%0107d" "$dir" 0 | cut -c 1-104)
export GUEST_PATH="$path" LONG_PATH="$long"
: >"$dir/file"
mkdir "$dir/v.sock_14"

# ---- what client.py sees, with the table in $dir/rules ---------------------

python=$(python3 -c 'import sys; print(sys.executable)')
passed=0 failed=0 skipped=0

# judge WHAT EXPECTED SAW
judge()
{
	if [ "$3" = "$2" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAIL %s: expected\n%s\nsaw\n%s\n' "$@"
	fi
}

redirected()
{
	LD_PRELOAD=$library TCP2VSOCK_CONFIG=$dir/rules timeout 60 "$@" 2>&1
}

client()
{
	redirected "$python" "$srcdir/tests/hybrid/client.py" "$@"
}

# check WHAT EXPECTED
check()
{
	judge "$1" "$2" "$(client "$1")"
}

# What is the same with a monitor and without.
check_alike()
{
	check blocking "hello ('10.9.0.1', 1)"
	check refused "ECONNREFUSED ECONNREFUSED ECONNREFUSED"
	check refused_later "EINPROGRESS
True
ENOTCONN
ECONNREFUSED 0 ECONNABORTED EINPROGRESS ECONNREFUSED EINPROGRESS
hello"
	check crowd "[] 0"
	check few_left "ECONNREFUSED EINPROGRESS"
	check epoll "True
True"
	check options "1 True True True
(b'named', None)
100.64.0.2"
	check copies "True ('10.9.0.1', 1)
from the child"
	check served_by_another "('0.0.0.0', 17) 10.9.0.1 hello
from another
ECONNREFUSED"
	check large True
	check forbidden "EACCES EACCES"
	check longest_path "107 True"
	check sleepers "['EINVAL', 'EINVAL', 'EINVAL']
ECONNREFUSED
again"
	check stale "True
EADDRINUSE
0
EADDRINUSE
EADDRINUSE
4"
	check stale_at_once "20 20 20 20 20 1 1 1 1 1"
	check backlog "{0}"
	check no_permission EACCES
	check refused_when_bound ECONNREFUSED
}

finish()
{
	echo "$passed passed, $failed failed, $skipped skipped"
	[ $failed -eq 0 ]
}
