# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# What the launcher's tests share; sourced first by each of them. They run in
# the build tree, through ./run, with no rule in the environment.
set -u
: "${srcdir:=$(dirname "$0")/../..}"
export srcdir
[ "${UNDER_RUN:-}" ] || UNDER_RUN=1 exec ./run sh "$0" "$@"
unset TCP2VSOCK_MAP TCP2VSOCK_CONFIG TCP2VSOCK_LOG
umask 022

# A folder of PATH that this user may not search would turn "not found" into
# "permission denied", for execvp() as for us.
searched=
while IFS= read -r folder; do
	[ ! -x "$folder" ] || searched=$searched:$folder
done <<END
$(echo "$PATH" | tr : '\n')
END
PATH=${searched#:}

cc=${CC:-cc}
rule='connect 10.0.0.5:5432 = vsock:host:5432'
failures=0
checks=0
tmp=$(mktemp -d "${TMPDIR:-/tmp}/tcp2vsock-test.XXXXXX") || exit 99
trap 'rm -rf "$tmp"' EXIT
# Some tests look at their files as another user; and the library has to be
# where all users reach it, or the launcher warns of that.
chmod 755 "$tmp"
mkdir "$tmp/lib"
cp "$TCP2VSOCK_LIBRARY" "$tmp/lib/libtcp2vsock.so" || exit 99
chmod 755 "$tmp/lib" "$tmp/lib/libtcp2vsock.so"
export TCP2VSOCK_LIBRARY="$tmp/lib/libtcp2vsock.so"

# run_it COMMAND...: sets $status, and leaves $tmp/out and $tmp/err.
run_it() {
	status=0
	last=$*
	"$@" >"$tmp/out" 2>"$tmp/err" || status=$?
}

fail() {
	failures=$((failures + 1))
	echo "FAIL: $last"
	echo "  $1"
	echo "  status $status; stdout, stderr:"
	sed 's/^/    /' "$tmp/out" "$tmp/err" | cut -c 1-300 | head -40
}

want_status() {
	checks=$((checks + 1))
	[ "$status" = "$1" ] || fail "wanted status $1"
}

# want_out, want_err PATTERN: a line that grep -E finds.
want_out() {
	checks=$((checks + 1))
	grep -Eq -- "$1" "$tmp/out" || fail "wanted on stdout: $1"
}

want_err() {
	checks=$((checks + 1))
	grep -Eq -- "$1" "$tmp/err" || fail "wanted on stderr: $1"
}

# The whole of stdout.
want_exactly() {
	checks=$((checks + 1))
	[ "$(cat "$tmp/out")" = "$1" ] || fail "wanted stdout to be: $1"
}

want_quiet() {
	checks=$((checks + 1))
	[ ! -s "$tmp/err" ] || fail "wanted nothing on stderr"
}

# refused PATTERN COMMAND...: status 125, the reason, and nothing has run.
refused() {
	pattern=$1
	shift
	rm -f "$tmp/ran"
	run_it "$@"
	want_status 125
	want_err "$pattern"
	checks=$((checks + 1))
	[ ! -e "$tmp/ran" ] || fail "the program has run"
}

# A part that this machine can't do is said, and is an error where all must run.
cannot() {
	echo "not checked here: $1"
	[ -z "${TCP2VSOCK_TESTS_MUST_RUN:-}" ] || {
		last=$1 status=-
		: >"$tmp/out"
		: >"$tmp/err"
		fail "has to be checked (TCP2VSOCK_TESTS_MUST_RUN)"
	}
}

# One that needs what only "scripts/check --all" installs.
cannot_yet() {
	if [ "${TCP2VSOCK_TESTS_ALL:-}" ]; then
		cannot "$1"
	else
		echo "left to scripts/check --all: $1"
	fi
}

# The last line of every test. One that had nothing to look at here is skipped.
finish() {
	echo "$checks checks, $failures failures"
	[ "$checks" -gt 0 ] || [ "$failures" != 0 ] || exit 77
	[ "$failures" = 0 ]
	exit
}
