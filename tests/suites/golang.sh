#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Go's own tests, linked statically, first on TCP and then with every loopback
# connection on vsock: what passes on TCP has to pass on vsock. To be run in a
# build tree.
#
# usage: golang.sh [PACKAGE...]
#
# Each package in a test kernel of its own; the results and all that the tests
# wrote are in go-results/.
set -u
srcdir=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd)
builddir=$(cd "${builddir:-$PWD}" && pwd)
here=$srcdir/tests/suites
results=$builddir/go-results
PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
export srcdir builddir PATH LC_ALL

# A test that says nothing for this long hangs: a system call costs fifty
# times its price in the test kernel.
patience=${PATIENCE:-120}

table='127.0.0.0/8:* = vsock:local:*; [::1]:* = vsock:local:*
connect 0.0.0.0:* = vsock:local:*; connect [::]:* = vsock:local:*
listen 0.0.0.0:* = vsock:any:*; listen [::]:* = vsock:any:*'

packages='net
net/http
net/rpc
crypto/tls'

# How many TCP connections were begun so far in this kernel.
tcp_opens() {
	awk '/^Tcp: [0-9]/ { print $6 }' /proc/net/snmp
}

# Their data lies in the package's folder.
run_package() {
	name=$1 run=$2
	shift 2
	before=$(tcp_opens)
	python3 "$here/watch.py" "$results/$name.$run" "$patience" \
		python3 "$here/go-one.py" "$results/$name.test" \
		"$results/$name.$run" "$@" >"$results/$name.$run.log" 2>&1
	echo $(($(tcp_opens) - before)) >"$results/$name.$run.opens"
}

name_of() {
	echo "$1" | tr / -
}

case ${1:-} in
--inside)
	TMPDIR=$RIG_TMP HOME=$RIG_TMP
	export TMPDIR HOME
	cd "$(go env GOROOT)/src/$2" || exit 1
	run_package "$(name_of "$2")" tcp
	run_package "$(name_of "$2")" vsock \
		"$builddir/run" tcp2vsock -m "$table" --
	exit
	;;
esac

[ -e "$(go env GOROOT 2>/dev/null)/src/net/dial_test.go" ] || {
	echo "Go's tests are missing: apt-get install golang-go"
	[ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ] && exit 1
	exit 77
}
"$srcdir/tests/rig/run" --where >/dev/null || exit
mkdir -p "$results"
[ $# -gt 0 ] || {
	# shellcheck disable=SC2086
	set -- $packages
}
names=
for package; do
	name=$(name_of "$package")
	names="$names $name"
	rm -f "$results/$name".*
	CGO_ENABLED=0 GOFLAGS='' GOCACHE=$results/cache \
		go test -c -o "$results/$name.test" "$package" || exit 1
	"$srcdir/tests/rig/run" --mem 2G --timeout "${LIMIT:-3600}" \
		sh "$0" --inside "$package"
done
# shellcheck disable=SC2086
python3 "$here/judge.py" "$here/go-known" "$results" $names
