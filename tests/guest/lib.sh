# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# Real guests: software-emulated machines with a virtio vsock device, whose
# other end on this machine is vhost-device-vsock: a hybrid vsock. Guests reach
# each other, and see this machine as CID 2. Nothing here opens an AF_VSOCK
# socket on this machine itself.
#
#	. .../tests/guest/lib.sh
#	guests 3 4
#	guest 3 COMMAND...          runs there: its output, its status
#	guest_start 3 COMMAND...    ... in the background: sets $job
#	guest_wait $job
#	guest 3 $tcp2vsock -m RULE COMMAND...
#
# Commands in a guest see this machine's files, $dir and the build tree among
# them, and start in the latter. The guest CID is at $dir/vCID.sock.
: "${srcdir:=$(dirname "$0")/../..}"
srcdir=$(cd "$srcdir" && pwd)
builddir=$PWD
PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
export srcdir builddir PATH LC_ALL
checks=0 failures=0 pids=

skip() {
	echo "$*"
	[ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ] && exit 1
	exit 77
}

monitor=$("$srcdir/tests/guest/fetch" "$builddir/tests/guest/vhost" 2>&1) ||
	skip "$monitor"
dir=$(mktemp -d "${TMPDIR:-/tmp}/guest.XXXXXX") || exit 99
chmod 755 "$dir"
# A build tree may lie where a server's own user can't look. The
# command is made of words, for here and for a guest: $tcp2vsock -m RULE ...
cp "$builddir/preload/.libs/libtcp2vsock.so" "$dir" || exit 99
tcp2vsock="env TCP2VSOCK_LIBRARY=$dir/libtcp2vsock.so \
	$builddir/launcher/tcp2vsock"

# Ends what this script started, by number.
clean_up() {
	trap '' HUP INT TERM
	for pid in $pids $rigs; do
		kill "$pid" 2>/dev/null
	done
	for pid in $pids $rigs; do
		wait "$pid" 2>/dev/null
	done
	rm -rf "$dir"
}
cids= rigs=
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# launch NAME COMMAND...: in the background, its output in $dir/NAME.log; $pid.
launch() {
	name=$1
	shift
	"$@" >"$dir/$name.log" 2>&1 </dev/null &
	pid=$!
	pids="$pids $pid"
}

# wait_for COMMAND...: until it succeeds, or two minutes are over.
wait_for() {
	deadline=$(($(date +%s) + 120))
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt $deadline ] || return 1
		sleep 0.1
	done
}

# start_monitor CID...: all of them may reach each other.
start_monitor() {
	for cid; do
		shift
		vm=guest-cid=$cid,socket=$dir/dev$cid,uds-path=$dir/v$cid.sock
		set -- "$@" --vm "$vm"
	done
	launch monitor "$monitor" "$@"
	monitor_pid=$pid
}

boot() {
	mkdir "$dir/$1"
	"$srcdir/tests/rig/run" --qemu --timeout "${GUEST_LIMIT:-1500}" \
		--vsock "$dir/dev$1" --keep "$dir" \
		python3 "$srcdir/tests/guest/agent.py" "$dir/$1" \
		>"$dir/rig$1.log" 2>&1 &
	rigs="$rigs $!"
	cids="$cids $1"
	eval "rig_$1=$!"
}

guests() {
	start_monitor "$@"
	for cid; do
		wait_for test -S "$dir/dev$cid" || exit 99
		boot "$cid"
	done
	for cid; do
		guest "$cid" true || {
			cat "$dir/monitor.log" "$dir/rig$cid.log"
			exit 99
		}
	done
}

# check WHAT COMMAND...: its output is shown when it fails.
check() {
	what=$1
	shift
	checks=$((checks + 1))
	if "$@" >"$dir/check.log" 2>&1; then
		echo "ok: $what"
	else
		echo "FAIL: $what (status $?)"
		failures=$((failures + 1))
		head -c 3000 "$dir/check.log" | sed 's/^/    /'
		return 1
	fi
}

# same WHAT WANTED GOT
same() {
	checks=$((checks + 1))
	if [ "$2" = "$3" ]; then
		echo "ok: $1"
	else
		echo "FAIL: $1"
		failures=$((failures + 1))
		printf '    wanted: %s\n    got:    %s\n' "$2" "$3" |
			head -c 3000
		return 1
	fi
}

finish() {
	echo "$((checks - failures)) passed, $failures failed, 0 skipped"
	[ $checks -gt 0 ] && [ $failures = 0 ]
	exit
}

quote() {
	for word; do
		printf "'%s' " "$(printf '%s\n' "$word" | sed "s/'/'\\\\''/g")"
	done
}

# Numbers are taken by link(2), which fails where there is a file: subshells
# start jobs, too.
guest_start() {
	cid=$1 number=1
	shift
	new=$(mktemp "$dir/job.XXXXXX") || exit 99
	printf 'cd %s\nexport dir=%s PATH LC_ALL\nexec %s\n' \
		"$(quote "$builddir")" "$(quote "$dir")" "$(quote "$@")" >"$new"
	until ln "$new" "$dir/$cid/$number" 2>/dev/null; do
		number=$((number + 1))
	done
	rm "$new"
	job=$dir/$cid/$number
}

is_running() {
	grep -q '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$1/status" 2>/dev/null
}

# Its output, and its status; 99 where its guest is gone.
guest_wait() {
	cid=${1%/*} cid=${cid##*/}
	until [ -e "$1.status" ]; do
		eval "is_running \$rig_$cid" || return 99
		sleep 0.05
	done
	cat "$1.out"
	return "$(cat "$1.status")"
}

guest() {
	guest_start "$@"
	guest_wait "$job"
}
