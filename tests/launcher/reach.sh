#!/bin/sh
# SPDX-License-Identifier: MIT
# A library that other users can't reach: a daemon of root's that starts programs
# under another user would have them on TCP. Who asks is told so (-v, --check,
# --doctor); most programs never do that, and are not bothered.
. "${srcdir:=.}/tests/launcher/lib.sh"

# Who is root in a user namespace is root enough to be warned.
as_root=
[ "$(id -u)" = 0 ] || as_root='unshare -r'
$as_root true 2>/dev/null || {
	cannot 'needs root, or a user namespace'
	finish
}

mkdir -p "$tmp/a/b"
cp "$TCP2VSOCK_LIBRARY" "$tmp/a/b/libtcp2vsock.so" || exit 99
chmod 755 "$tmp/a" "$tmp/a/b" "$tmp/a/b/libtcp2vsock.so"

# try PATH [OPTION [COMMAND]]: the program runs in any case.
try() {
	# shellcheck disable=SC2086
	TCP2VSOCK_LIBRARY=$1 run_it $as_root tcp2vsock ${2-} -m "$rule" \
		${3-true}
	want_status 0
}

# reached PATH, obstructed PATH AT BIT
reached() {
	try "$1" -v
	want_quiet
}

obstructed() {
	for options in '-v true' '--check true' '--check '; do
		try "$1" "${options%% *}" "${options#* }"
		want_err "^tcp2vsock: warning: only this user can read $1: "
		want_err "would run on TCP \($2 lacks $3\)$"
		checks=$((checks + 1))
		[ "$(wc -l <"$tmp/err")" = 1 ] || fail 'wanted one line'
	done
	try "$1"
	want_quiet
}

library=$tmp/a/b/libtcp2vsock.so
reached "$library"
chmod o-x "$tmp/a"
obstructed "$library" "$tmp/a" o.x
ln -s "$library" "$tmp/link.so"
obstructed "$tmp/link.so" "$tmp/a" o.x
chmod o=x "$tmp/a"
reached "$library"
chmod o-x "$tmp/a/b"
obstructed "$library" "$tmp/a/b" o.x
chmod o+x "$tmp/a/b"
chmod o-r "$library"
obstructed "$library" "$library" o.r
chmod o+r "$library"
reached "$tmp/link.so"

# Others are not bothered: they can't become anybody else.
[ "$(id -u)" != 0 ] || {
	chmod 700 "$tmp/a"
	chown -R 12345 "$tmp/a"
	cp launcher/tcp2vsock "$tmp/tcp2vsock" && chmod 755 "$tmp/tcp2vsock"
	TCP2VSOCK_LIBRARY=$library run_it setpriv --reuid 12345 --clear-groups \
		"$tmp/tcp2vsock" -v -m "$rule" true
	want_status 0
	want_quiet
	# What the warning is about, where the program itself may look for it:
	# the dynamic linker only says so and goes on.
	chmod 755 "$tmp/a"
	chown -R 0 "$tmp/a" && chmod 700 "$tmp/a"
	TCP2VSOCK_LIBRARY=$library run_it tcp2vsock -m "$rule" \
		setpriv --reuid 12345 --clear-groups true
	want_status 0
	want_err 'cannot be preloaded'
}
finish
