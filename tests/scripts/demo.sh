#!/bin/sh
# SPDX-License-Identifier: MIT
#
# scripts/demo, as somebody runs it who has just made a clone: wherever that
# is, whoever he is, and again. Built once, and moved
# from place to place.
#
#   demo.sh [PLACE...]     private if none; all of them:
#
# private  a clone under a folder of mode 0700, as /root is; umask 077
# again    the same, a second time
# user     an ordinary user's home of mode 0700; no HOME
# plain    LANG=C, no HOME
# utf8     LANG=C.UTF-8, a folder's name with other letters
# blank    a folder's name with a blank: said at once
# in-tree  ./configure was run in the tree itself: likewise
# broken   the command does nothing: which step fails, and what it should say
: "${srcdir:=$(dirname "$0")/../..}"
srcdir=$(cd "$srcdir" && pwd) || exit 99
[ $# -gt 0 ] || set -- private
passed=0 failed=0 skipped=0

"$srcdir/tests/rig/run" true || exit
for program in redis-server nginx curl ss; do
	PATH=$PATH:/usr/sbin:/sbin command -v $program >/dev/null || {
		echo "$program is missing: scripts/install-packages demo"
		[ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ] && exit 1
		exit 77
	}
done
tmp=$(mktemp -d "${TMPDIR:-/tmp}/tcp2vsock-demo.XXXXXX") || exit 99
trap 'rm -rf "$tmp"' EXIT
chmod 755 "$tmp"

# The sources, and what is built of them if that can be copied: scripts/check
# builds by a relative path.
make_tree() {
	mkdir -p "$tmp/tree/build" &&
		tar -C "$srcdir" --exclude=./build --exclude=./.git \
			--exclude='./tcp2vsock-*' --exclude=./config.status \
			-cf - . | tar -C "$tmp/tree" -xf - || exit 99
	chmod -R u+w "$tmp/tree"
	grep -qs '^srcdir = \.\./\.\.$' Makefile || return 0
	cp -a "$PWD" "$tmp/tree/build/demo"
}

# place FOLDER: the tree is there, with all that was built in it, until back.
place() {
	here=$tmp/$1
	mkdir -p "$here" && mv "$tmp/tree" "$here/tree" || exit 99
}

back() {
	mv "$here/tree" "$tmp/tree" || exit 99
}

# demo COMMAND...: through env(1).
demo() {
	(cd "$here/tree" && env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u srcdir \
		-u builddir "$@" scripts/demo) >"$tmp/out" 2>&1 </dev/null
	status=$?
}

# want STATUS LINE...: each of these, and no warning.
want() {
	wanted=$1
	shift
	missed=
	[ $status = "$wanted" ] || missed=" status $status, not $wanted"
	for line; do
		grep -q "$line" "$tmp/out" || missed="$missed; no '$line'"
	done
	grep -q 'warning:' "$tmp/out" && missed="$missed; a warning"
	if [ -z "$missed" ]; then
		passed=$((passed + 1))
		echo "ok: $name"
	else
		failed=$((failed + 1))
		echo "FAIL: $name:$missed"
		cat "$tmp/out"
	fi
}

all_works() {
	want 0 '^==== All of it worked\.$' 'This page came over vsock\.'
}

run_private() {
	place private
	chmod -R go= "$here"
	umask 077
	demo
	umask 022
	all_works
	back
}

run_again() {
	run_private
}

run_user() {
	[ "$(id -u)" = 0 ] || {
		skipped=$((skipped + 1))
		echo "skipped: $name: that is all that this user can be"
		return
	}
	place home
	chmod -R go= "$here"
	chown -R 12345:12345 "$here"
	demo -u HOME setpriv --reuid 12345 --regid 12345 --clear-groups
	all_works
	chown -R 0:0 "$here"
	back
}

run_plain() {
	place plain
	demo -u HOME -u LC_ALL LANG=C
	all_works
	back
}

run_utf8() {
	place 'größer'
	demo -u LC_ALL LANG=C.UTF-8
	all_works
	back
}

run_blank() {
	place 'a blank'
	demo
	want 1 "can't build in a folder with such a name: .*a blank"
	back
}

run_intree() {
	place in-tree
	: >"$here/tree/config.status"
	demo
	want 1 "'make distclean' undoes that"
	rm "$here/tree/config.status"
	back
}

run_broken() {
	place broken
	command=$here/tree/build/demo/launcher/tcp2vsock
	mv "$command" "$tmp/command"
	printf '#!/bin/sh\necho "not today" >&2; exit 3\n' >"$command"
	chmod 755 "$command"
	demo
	want 1 '^==== Something failed:$' '^    redis starts$' \
		'expected: a listener on vsock port 6379' 'came: not today'
	mv "$tmp/command" "$command"
	back
}

umask 022
make_tree
for name; do
	run_"$(echo "$name" | tr -d -)"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ] && [ $passed -gt 0 ]
