#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Where AF_VSOCK has a loopback: each system call that CALL makes is made to
# fail by strace, with each errno that its manual page has.
#
#   inside.sh PROGRAM LIBRARY CALL...
#
# FAULTS_MAP is another table for its ports, and FAULTS_CONNECT are the errnos of
# its targets; see tests/hybrid/faults.sh.
set -u

program=$1 library=$2
shift 2
port=21000 passed=0 failed=0
connect_errors=${FAULTS_CONNECT:-ENODEV ETIMEDOUT ENOMEM ENETUNREACH}
map=${FAULTS_MAP:-127.0.0.1:21000-28999 = vsock:local:*}
export TCP2VSOCK_MAP="$map" TCP2VSOCK_LOG=

errors_of()
{
	case $1 in
	socket) echo EMFILE ENOMEM EAFNOSUPPORT EACCES ;;
	connect) echo $connect_errors ;;
	bind) echo EADDRINUSE EACCES ENODEV ;;
	accept | accept4) echo EMFILE ENOMEM ECONNABORTED EINTR ;;
	getsockopt | setsockopt) echo ENOPROTOOPT ENOMEM ;;
	getsockname | getpeername) echo ENOBUFS ;;
	dup3) echo EMFILE EBUSY EBADF ;;
	socketpair) echo EMFILE ENOMEM ;;
	sendto) echo ENOBUFS EPIPE ;;
	recvfrom) echo ECONNRESET ENOMEM ;;
	*) ;;
	esac
}

# traced CALL [INJECTION]: what it says is in $said.
traced()
{
	local call=$1
	shift
	port=$((port + 1))
	said=$(timeout 60 strace -qq -o "$RIG_TMP/trace" "$@" -E LD_PRELOAD="$library" \
		"$program" "$call" "$port" 2>&1)
}

# "SYSCALL NTH" for each one between the marks; NTH is counted from the start.
# The mark of a redirected socket (tag.c) is read from an option that any kernel
# answers for any socket: it was written there.
between()
{
	awk '{ name = $0; sub(/\(.*/, "", name); n[name]++ }
		/^write\(-1, "begin"/ { inside = 1; next }
		/^write\(-1, "end"/ { inside = 0 }
		/^getsockopt.*SO_MAX_PACING_RATE/ { next }
		inside { print name, n[name] }' "$RIG_TMP/trace"
}

for call; do
	traced "$call" || { echo "FAIL: $call: $said"; exit 1; }
	between >"$RIG_TMP/between"
	n=$(wc -l <"$RIG_TMP/between")
	[ "$n" -ge 2 ] || { echo "FAIL: $call makes only $n calls"; exit 1; }
	while read -r name nth; do
		for error in $(errors_of "$name"); do
			traced "$call" \
				-e "inject=$name:error=$error:when=$nth" &&
				passed=$((passed + 1)) && continue
			failed=$((failed + 1))
			echo "FAIL: $call, $name number $nth gives $error: $said"
		done
	done <"$RIG_TMP/between"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
