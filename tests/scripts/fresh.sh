#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A clone of this tree in a Debian that has nothing but its base, as somebody
# has who looks at it for the first time: what scripts/demo and scripts/check
# say there.
#
#	fresh.sh RELEASE root|user [SCRIPT...]	demo and check, if none is given
#
# root	in /root, of mode 0700, with umask 077: installs what is missing
# user	in a home of mode 0700: says what root has to run; root runs it
#
# As root, and from a checkout. It takes what scripts/check does, and more.
set -u
: "${srcdir:=$(dirname "$0")/../..}"
srcdir=$(cd "$srcdir" && pwd) || exit 99
release=$1 who=$2
shift 2
[ $# -gt 0 ] || set -- demo check
scratch=$(TMPDIR=/var/tmp mktemp -d -t fresh.XXXXXX) || exit 99
root=$scratch/root
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'rm -rf "$scratch"' EXIT
chmod 755 "$scratch"

. "$srcdir/tests/expect.sh"
. "$srcdir/tests/root.sh"
needs 'debootstrap git' debootstrap git
if [ "$(id -u)" != 0 ] || ! git -C "$srcdir" rev-parse 2>/dev/null; then
	echo 'skipped: it needs root, and a checkout'
	exit 77
fi

cloned()
{
	there useradd -m -s /bin/sh newcomer &&
		git clone -q "$srcdir" "$root$home/tcp2vsock" &&
		there chown -R "${home##*/}" "$home" && chmod 700 "$root$home"
}

there()
{
	root_run "$root" "$@"
}

# script NAME: in the clone, as who that is. Without a word of ours to help it.
script()
{
	there setpriv --reuid "${home##*/}" --regid "${home##*/}" --init-groups \
		env HOME="$home" sh -c 'umask 077
			cd "$HOME/tcp2vsock" && exec "scripts/$1"' sh "$1"
}

# The one line that says what root has to run, and root runs it.
says_what_root_runs()
{
	script "$1" >"$scratch/said" 2>&1
	[ $? = 1 ] && line=$(sed -n '$s/.*run as root: //p' "$scratch/said") &&
		[ "$line" ] && there sh -c "$line"
}

case $who in
root) home=/root CI=true && export CI ;;
user) home=/home/newcomer && unset CI ;; # some checks are for root only
*) exit 99 ;;
esac
expect "a $release" root_make "$release" "$root"
expect 'a clone in it' cloned
for name; do
	[ $who = root ] || expect "scripts/$name says what root has to run" \
		says_what_root_runs "$name"
	began=$(date +%s)
	expect "scripts/$name" script "$name"
	tail -n 1 "$scratch/out"
	echo "in $(($(date +%s) - began)) s"
done
finish
