#!/bin/sh
# SPDX-License-Identifier: MIT
#
# CPython's own tests, first on TCP and then with every loopback connection on
# vsock: what passes on TCP has to pass on vsock. To be run in a build tree.
#
# usage: cpython.sh [MODULE...]
#
# JOBS modules at once, each in a test kernel of its own; the results and all
# that the tests wrote are in cpython-results/.
set -u
srcdir=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd)
builddir=$(cd "${builddir:-$PWD}" && pwd)
here=$srcdir/tests/suites
results=$builddir/cpython-results
python=/usr/bin/python3
PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
export srcdir builddir PATH LC_ALL

# A test that says nothing for this long hangs: a system call costs fifty
# times its price in the test kernel.
patience=${PATIENCE:-90}

table='127.0.0.0/8:* = vsock:local:*; [::1]:* = vsock:local:*
connect 0.0.0.0:* = vsock:local:*; connect [::]:* = vsock:local:*
listen 0.0.0.0:* = vsock:any:*; listen [::]:* = vsock:any:*'

modules='test_asynchat
test_asyncio.test_base_events
test_asyncio.test_buffered_proto
test_asyncio.test_events
test_asyncio.test_selector_events
test_asyncio.test_sendfile
test_asyncio.test_server
test_asyncio.test_sock_lowlevel
test_asyncio.test_ssl
test_asyncio.test_sslproto
test_asyncio.test_streams
test_asyncore
test_epoll
test_ftplib
test_httplib
test_httpservers
test_imaplib
test_logging
test_multiprocessing_main_handling
test_poll
test_poplib
test_select
test_selectors
test_smtplib
test_socket
test_socketserver
test_ssl
test_telnetlib
test_urllib2_localnet
test_wsgiref
test_xmlrpc'

# How many TCP connections were begun so far in this kernel.
tcp_opens() {
	awk '/^Tcp: [0-9]/ { print $6 }' /proc/net/snmp
}

# A test's files belong in memory, and stay apart from the other run's.
run_module() {
	TMPDIR=$RIG_TMP/$2 HOME=$RIG_TMP/$2
	export TMPDIR HOME
	mkdir "$TMPDIR" && cd "$TMPDIR" || exit 1
	out=$1.$2
	shift 2
	before=$(tcp_opens)
	"$python" "$here/watch.py" "$results/$out" "$patience" \
		"$@" "$python" "$here/cpython-one.py" "${out%.*}" \
		"$results/$out" >"$results/$out.log" 2>&1
	echo $(($(tcp_opens) - before)) >"$results/$out.opens"
}

case ${1:-} in
--inside)
	run_module "$2" tcp
	run_module "$2" vsock "$builddir/run" tcp2vsock -m "$table" --
	exit
	;;
esac

[ -e "$("$python" -c 'import sysconfig
print(sysconfig.get_path("stdlib"))')/test/test_socket.py" ] || {
	echo "CPython's tests are missing: apt-get install libpython3.11-testsuite"
	[ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ] && exit 1
	exit 77
}
"$srcdir/tests/rig/run" --where >/dev/null || exit
[ $# -gt 0 ] || {
	# shellcheck disable=SC2086
	set -- $modules
}
mkdir -p "$results"
for module; do
	rm -f "$results/$module".*
done
printf '%s\n' "$@" | xargs -P "${JOBS:-2}" -I{} "$srcdir/tests/rig/run" \
	--timeout "${LIMIT:-3600}" sh "$here/cpython.sh" --inside {}
"$python" "$here/judge.py" "$here/cpython-known" "$results" "$@"
