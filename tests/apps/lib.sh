# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# What the tests with real programs share; sourced first by each of them, in
# the build tree. A test runs whole in one test kernel. The clients dial
# 10.0.0.5, which no machine here has: what isn't redirected fails.
#
# TCP=1 runs the same without the library, the address given to lo: whether a
# failure is the test's own or the library's. BEHIND=FILE preloads that before
# the library: the runtime of a sanitizer that it was built with. WHOLE=1 runs
# the test itself, its tools and all that it starts under one supervisor.
set -u
: "${srcdir:=$(dirname "$0")/../..}"
: "${builddir:=$PWD}"
: "${TCP:=}"
: "${BEHIND:=}"
: "${WHOLE:=}"
srcdir=$(cd "$srcdir" && pwd)
builddir=$(cd "$builddir" && pwd)
# Neither a login's tools nor its language have a say in this.
PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
umask 022
export srcdir builddir TCP WHOLE PATH LC_ALL

checks=0
failures=0
address=10.0.0.5
servers=

# needs PROGRAM PACKAGE...: before anything is started.
needs() {
	while [ $# -gt 0 ]; do
		command -v "$1" >/dev/null || {
			echo "$1 is missing: apt-get install $2"
			[ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ] && exit 1
			exit 77
		}
		shift 2
	done
}

# own_folders FOLDER...: what root may write on this machine, an ordinary user's
# test kernel may not.
own_folders() {
	[ "$RIG" = kernel ] || return 0
	for folder; do
		[ ! -d "$folder" ] || mount -t tmpfs tmpfs "$folder" || exit 99
	done
}

# in_rig SECONDS: from here on the test runs in the test kernel.
in_rig() {
	[ -n "${RIG:-}" ] || exec "$srcdir/tests/rig/run" --timeout "$1" sh "$0"
	[ "$WHOLE" != 1 ] || WHOLE=inside exec "$builddir/launcher/tcp2vsock" \
		--engine=supervise -m 'listen *:* = vsock:any:*
		connect *:* = vsock:local:*' -- sh "$0"
	trap 'stop_all' EXIT
	own_folders /var/lib/nginx /var/log/nginx
	cd "$RIG_TMP" || exit 99
	# A build tree may lie where a server's own user can't look.
	chmod 755 . && cp "$builddir/preload/.libs/libtcp2vsock.so" . || exit 99
	[ -z "$TCP" ] || busybox ip addr add $address/32 dev lo
}

# redirected RULE COMMAND...: replaces this shell.
redirected() {
	rule=$1
	shift
	[ -z "$TCP$WHOLE" ] || exec "$@"
	[ -z "$BEHIND" ] || export LD_PRELOAD="$BEHIND"
	TCP2VSOCK_LIBRARY=$RIG_TMP/libtcp2vsock.so \
		exec "$builddir/launcher/tcp2vsock" -m "$rule" -- "$@"
}

# launch NAME COMMAND...: in the background, its output in NAME.log; sets $pid.
launch() {
	name=$1
	shift
	"$@" >"$name.log" 2>&1 </dev/null &
	pid=$!
	servers="$servers $pid"
}

# start NAME PORT COMMAND...: a server that listens on PORT, by vsock.
start() {
	name=$1 port=$2
	shift 2
	launch "$name" redirected "listen *:$port = vsock:any:$port" "$@"
}

# client PORT COMMAND...
client() {
	port=$1
	shift
	(redirected "connect $address:$port = vsock:local:$port" "$@")
}

# line PORT: what the server there says up to its answer to a line.
line() {
	client "$1" python3 "$srcdir/tests/apps/line.py" $address "$1" 2>&1
}

# Keys and a configuration for "sshd -f sshd_config" at port 2222, and $sshd, how
# it is started.
make_sshd() {
	ssh-keygen -q -t ed25519 -N '' -f host_key
	ssh-keygen -q -t ed25519 -N '' -f key
	mkdir -p /run/sshd
	cat >sshd_config <<END
Port 2222
HostKey $PWD/host_key
AuthorizedKeysFile $PWD/key.pub
StrictModes no
UsePAM no
PidFile none
PermitRootLogin yes
Subsystem sftp internal-sftp
END
	sshd="/usr/sbin/sshd -D -e -f $PWD/sshd_config"
}

stop() {
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

stop_all() {
	for server in $servers; do
		stop "$server"
	done
}

# wait_for COMMAND...: until it succeeds, or a minute is over.
wait_for() {
	deadline=$(($(date +%s) + 60))
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt $deadline ] || return 1
		sleep 0.1
	done
}

listens() {
	if [ -n "$TCP" ]; then
		ss -Hltn "sport = :$1" | grep -q .
	else
		ss -Hl --vsock | grep -q "LISTEN.*:$1 "
	fi
}

is_free() {
	! listens "$1"
}

# up NAME PORT: the server is there, on vsock and not on TCP.
up() {
	check "$1 listens on port $2" wait_for listens "$2" ||
		sed 's/^/    /' "$1.log"
	check "port $2 is no TCP port" no_tcp "$2"
}

# No TCP socket has PORT at either end, whatever its state.
no_tcp() {
	[ -z "$TCP" ] || return 0
	hex=$(printf ':%04X' "$1")
	! cat /proc/net/tcp /proc/net/tcp6 | grep -i "$hex"
}

# No TCP connection was ever tried in this kernel, to whatever address. The
# kernel counts them; one that is shared counts others', too.
no_opens() {
	[ -z "$TCP" ] && [ "$RIG" = kernel ] || return 0
	awk '/^Tcp: [0-9]/ { print $6 " opens"; exit $6 != 0 }' /proc/net/snmp
}

ok() {
	echo "ok: $1"
}

bad() {
	failures=$((failures + 1))
	echo "FAIL: $1"
}

# check WHAT COMMAND...: its output is shown when it fails.
check() {
	what=$1
	shift
	checks=$((checks + 1))
	if "$@" >check.log 2>&1; then
		ok "$what"
	else
		bad "$what (status $?)"
		head -c 3000 check.log | sed 's/^/    /'
		return 1
	fi
}

# same WHAT WANTED GOT
same() {
	checks=$((checks + 1))
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		bad "$1"
		printf '    wanted: %s\n    got:    %s\n' "$2" "$3" | head -c 3000
		return 1
	fi
}

# The last line of every test.
finish() {
	echo "$checks checks, $failures failures"
	[ $checks -gt 0 ] && [ $failures = 0 ]
	exit
}
