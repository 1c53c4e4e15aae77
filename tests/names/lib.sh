# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# What the scripts that run inside share. library and RIG_TMP are set.
passes=0 failures=0
work=$RIG_TMP
chmod 755 "$work"

# readable LIBRARY NAME: a copy where a server's own user can look, which a
# build tree need not be.
readable()
{
	cp "$1" "$work/$2" && chmod 755 "$work/$2" && echo "$work/$2"
}
library=$(readable "$library" libtcp2vsock.so)

pass()
{
	passes=$((passes + 1))
	echo "ok: $1"
}

fail()
{
	failures=$((failures + 1))
	echo "FAIL: $1"
	sed 's/^/    /' "$work/out" "$work/err" | head -n 20
}

# gives PATTERN WHAT COMMAND...: it succeeds, and prints a line that matches.
gives()
{
	pattern=$1 what=$2
	shift 2
	if "$@" >"$work/out" 2>"$work/err" </dev/null &&
		grep -Eq -- "$pattern" "$work/out"; then
		pass "$what"
	else
		fail "$what"
	fi
}

# refuses PATTERN WHAT COMMAND...: whatever its status, what it says matches.
refuses()
{
	pattern=$1 what=$2
	shift 2
	"$@" >"$work/out" 2>"$work/err" </dev/null
	if cat "$work/out" "$work/err" | grep -Eq -- "$pattern"; then
		pass "$what"
	else
		fail "$what"
	fi
}

# until_ready COMMAND...: tried again until it succeeds; the time limit of the
# whole is the rig's.
until_ready()
{
	tries=0
	until "$@" >"$work/out" 2>"$work/err" </dev/null; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || {
			fail "never ready: $*"
			return 1
		}
		sleep 0.1
	done
}

mapped()
{
	LD_PRELOAD=$library TCP2VSOCK_MAP=$rules "$@"
}


have()
{
	command -v "$1" >/dev/null && return
	echo "not here: $1"
	[ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" != 1 ] || fail "$1 is missing"
	return 1
}

# The same of what only "scripts/check --all" installs.
have_extra()
{
	command -v "$1" >/dev/null && return
	[ -n "${TCP2VSOCK_TESTS_ALL:-}" ] && have "$1" && return
	echo "left to scripts/check --all: $1"
	return 1
}

finish()
{
	echo "$passes passed, $failures failed"
	[ $passes -gt 0 ] && [ $failures = 0 ]
	exit
}
