#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Everything under gcc's sanitizers and valgrind, built in a scratch directory:
#
#   units     the unit tests and the fuzzers' corpora, under AddressSanitizer and
#             UBSan
#   launcher  the command's own tests, likewise
#   programs  real programs (tests/apps), redirected by a library built likewise
#   plain     the library behind libasan, then behind libtsan, in a threaded
#             program whose addresses its table does not name: on any machine
#   parity    the parity suite, redirected; its checks of bad pointers without
#             AddressSanitizer, which looks at them before the kernel can
#   walks     a hundred random walks, likewise
#   races     the parity suite's groups that have threads in them, under
#             ThreadSanitizer
#   threads   tests/leaks, redirected
#   valgrind  the same under memcheck
#
# Redirected ones need AF_VSOCK's loopback. User Mode Linux runs them under UBSan
# alone: its address space is too small for AddressSanitizer's shadow memory.
# launcher, programs, parity, walks and races take the other test kernel (tests/rig/run
# --qemu), where two processors run at once.
#
#   sanitizers.sh [PART...]      all of them if none
set -u

srcdir=${srcdir:-$(dirname "$0")/..}
srcdir=$(cd "$srcdir" && pwd) || exit 99
export srcdir
scratch=$(TMPDIR=/tmp mktemp -d -t sanitizers.XXXXXX) || exit 99
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
failed=0

# A program that is linked with libasan finds it after what is preloaded. Leaks
# are not looked for: a fork in Criterion is one. tests/leaks counts. What a
# cancelled thread leaves of its stack is in the way of libasan's own buffer there
# when the thread ends.
ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0:abort_on_error=0
ASAN_OPTIONS=$ASAN_OPTIONS:use_sigaltstack=0
UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
# It would set handlers before it can look at those who hook sigaction().
TSAN_OPTIONS=handle_segv=0:handle_sigbus=0:handle_sigill=0:handle_sigfpe=0
TSAN_OPTIONS=$TSAN_OPTIONS:die_after_fork=0
export ASAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS

skip() {
	echo "skipped: $*"
	[ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ] && exit 99
	exit 77
}

verdict() {
	case $1 in
	0) echo "ok: $2" ;;
	77) echo "skipped: $2" ;;
	*)
		echo "FAIL: $2"
		failed=1
		;;
	esac
}

# build FOLDER CFLAGS LDFLAGS
build() {
	mkdir "$scratch/$1" && cd "$scratch/$1" || exit 99
	{
		"$srcdir/configure" -q CC=gcc CFLAGS="$2" LDFLAGS="$3" &&
			make -j"${JOBS:-3}" &&
			make -j"${JOBS:-3}" check TESTS=
	} >"$scratch/$1.log" 2>&1 || {
		tail -n 20 "$scratch/$1.log"
		echo "FAIL: building $1"
		exit 1
	}
}

# A comma in a path is the linker's.
folder_of() {
	echo "$scratch/$1" | tr , -
}

# with FLAGS: builds a folder called after them, once.
with() {
	[ -d "$(folder_of "$1")" ] ||
		build "$(basename "$(folder_of "$1")")" "-O1 -g \
			-fno-omit-frame-pointer -fno-sanitize-recover=all \
			-fsanitize=$1" "-fsanitize=$1"
	cd "$(folder_of "$1")" || exit 99
}

# What a redirected program can have.
where=$("$srcdir/tests/rig/run" --where)
case $where in
native) redirected=address,undefined ;;
*) redirected=undefined ;;
esac

# room WHAT: sets $kernel, for TCP2VSOCK_RIG, to one where AddressSanitizer can
# run; else says so, and returns 1.
room() {
	kernel=
	[ "$where" != native ] || return 0
	kernel=qemu
	"$srcdir/tests/rig/run" --qemu true && return
	verdict $? "$1, which need a kernel with room for AddressSanitizer"
	return 1
}

# reported WHAT COMMAND...: signals are a program's own, and must end it. What
# AddressSanitizer says to a server may be nowhere else than in the reports.
reported() {
	what=$1
	shift
	mkdir "$scratch/reports"
	ASAN_OPTIONS=$ASAN_OPTIONS:handle_segv=0:log_path=$scratch/reports/asan \
		TSAN_OPTIONS=$TSAN_OPTIONS:log_path=$scratch/reports/tsan \
		TCP2VSOCK_RIG=$kernel "$@" >"$scratch/out" 2>&1
	status=$?
	case $status in
	0 | 77) tail -n 1 "$scratch/out" ;;
	*) cat "$scratch/out" ;;
	esac
	for report in "$scratch/reports"/*; do
		[ -e "$report" ] && cat "$report" && status=1
	done
	rm -rf "$scratch/reports"
	verdict $status "$what under the sanitizers"
}

launcher() {
	room "the command's tests" || return
	with address,undefined
	tests=$(make -s --eval 'list:; @echo $(launcher_tests)' list)
	reported "the command's tests" make -s check VERBOSE=1 TESTS="$tests"
}

# Not curl, which stands still behind libasan whatever else is preloaded.
programs() {
	room "programs" || return
	with address,undefined
	BEHIND=$(gcc -print-file-name=libasan.so)
	export BEHIND
	for test in redis.sh socat.sh extra/python-network.sh; do
		reported "$test, redirected" sh "$srcdir/tests/apps/$test"
	done
	unset BEHIND
}

units() {
	with address,undefined
	for test in tests/unit/test_* tests/fuzz/replay_*; do
		[ -x "$test" ] && [ -f "$test" ] || continue
		case $test in *.o) continue ;; esac
		"$test" >"$scratch/out" 2>&1
		status=$?
		tail -n 1 "$scratch/out"
		[ $status = 0 ] || cat "$scratch/out"
		verdict $status "$test under the sanitizers"
	done
}

# behind RUNTIME FLAGS: it comes first, as a program without it wants it.
behind() {
	with "$2"
	gcc -O1 -g -pthread -o leaks "$srcdir/tests/leaks/leaks.c" || exit 99
	env LD_PRELOAD="$(gcc -print-file-name="$1") \
$PWD/preload/.libs/libtcp2vsock.so" TCP2VSOCK_LOG=/dev/null \
		TCP2VSOCK_MAP='connect 10.0.0.0/8:*=vsock:3:*' \
		./leaks 7400 1000
	verdict $? "a program behind $1, on TCP"
}

plain() {
	behind libasan.so address,undefined
	behind libtsan.so thread
}

# checks FLAGS GREP-ARGUMENT...: those of the parity suite that match
checks() {
	flags=$1
	shift
	with "$flags"
	names=$(tests/parity/parity --list | grep "$@")
	# shellcheck disable=SC2086
	PARITY_LIMIT=120 reported "parity checks, $flags," \
		"$srcdir/tests/parity/run.sh" $names
}

parity() {
	room "parity checks" && checks address,undefined -v bad-
	kernel=
	checks undefined bad-
}

walks() {
	room "random walks" || return
	with address,undefined
	reported "random walks" "$srcdir/tests/random/run.sh" 1 100
}

# Not those that hold a connection back by a real-time thread: one that it
# interrupts within libtsan may have a lock there, and never comes to give it.
held='pending|waits-for-the-connection|a-socket-that-another|shutdown-ends'
races() {
	room "threads" || return
	checks thread -P "^(accept|connect|copies|data|epoll|exec|fork|\
scm-rights|threads)/(?!.*(bad-|$held))"
}

# inside FOLDER COUNT [COMMAND...]
inside() {
	folder=$(folder_of "$1") count=$2
	shift 2
	"$srcdir/tests/rig/run" --timeout 600 --keep "$folder" -- \
		"$srcdir/tests/leaks/inside.sh" "$folder/tests/leaks/leaks" \
		"$folder/preload/.libs/libtcp2vsock.so" "$count" "$@"
}

threads() {
	with $redirected
	inside $redirected 400 >"$scratch/out" 2>&1
	status=$?
	cat "$scratch/out"
	verdict $status "threads, $redirected"
}

# helgrind and drd don't know C11's atomics; libtsan does, above.
with_valgrind() {
	valgrind --version >/dev/null 2>&1 || skip "valgrind is not there"
	[ -d "$scratch/valgrind" ] || build valgrind "-O1 -g" ""
	inside valgrind 200 valgrind -q --error-exitcode=9 \
		>"$scratch/out" 2>&1
	status=$?
	cat "$scratch/out"
	verdict $status "threads under valgrind"
}

[ -x "$srcdir/configure" ] || skip "no configure here: run ./autogen.sh"
[ $# -gt 0 ] || set -- units launcher programs plain parity walks \
	races threads valgrind
for part; do
	case $part in
	units | launcher | programs | plain | parity | walks | races | \
		threads)
		$part
		;;
	valgrind) with_valgrind ;;
	*) echo "sanitizers.sh: $part?" >&2 && exit 2 ;;
	esac
done
exit $failed
