#!/bin/sh
# SPDX-License-Identifier: MIT
# The library beside the command: what is installed can be moved, and where the
# library is not found, or can't be used, the reason is the right one.
. "${srcdir:=.}/tests/launcher/lib.sh"
unset TCP2VSOCK_LIBRARY

make -s install-binPROGRAMS install-pkglibLTLIBRARIES \
	DESTDIR="$tmp/new/place" >"$tmp/log" 2>&1 || {
	cat "$tmp/log"
	exit 99
}
command=$(find "$tmp/new" -name tcp2vsock -type f)
library=$(find "$tmp/new" -name libtcp2vsock.so)

loads() {
	run_it "$1" -m "$rule" grep -o '/.*libtcp2vsock.so' /proc/self/maps
	want_status 0
	want_quiet
	want_out "^$library\$"
}

loads "$command"
ln -s "$command" "$tmp/link"
loads "$tmp/link"
cd "$(dirname "$command")" || exit 99
loads ./tcp2vsock
cd "$OLDPWD" || exit 99

# The reason, and the remedy.
refuses() {
	refused "$1" "$command" -m "$rule" touch "$tmp/ran"
	want_err "$2"
}

mv "$library" "$tmp/away.so"
refuses 'library is missing: it is not beside this command, nor .*/lib' \
	'keep the command and the library together'
TCP2VSOCK_LIBRARY=$tmp/none.so refuses "missing: $tmp/none.so" \
	'TCP2VSOCK_LIBRARY names it'
mv "$tmp/away.so" "$library"
mv "$tmp/new/place" "$tmp/new/a place"
refused "can't hold a path with a space" \
	"$tmp/new/a place${command#"$tmp/new/place"}" -m "$rule" touch "$tmp/ran"
want_err 'in another folder'
mv "$tmp/new/a place" "$tmp/new/place"

# Not for this user: the file, or a folder on the way. Root may read it all.
as_user=
[ "$(id -u)" != 0 ] || as_user='setpriv --reuid 12345 --clear-groups'
kept_from() {
	chmod "$2" "$1"
	# shellcheck disable=SC2086
	refused "$1: Permission denied" $as_user "$command" -m "$rule" \
		touch "$tmp/ran"
	want_err 'must be able to read it'
	chmod "$3" "$1"
}
kept_from "$library" go-r,u-r 644
kept_from "$(dirname "$library")" a-x 755

# ld.so only says that it can't map what lies on such a disk, and goes on.
mkdir "$tmp/disk"
cat >"$tmp/noexec" <<END
mount -t tmpfs -o noexec tmpfs "$tmp/disk" || exit 77
cp "$library" "$tmp/disk/"
TCP2VSOCK_LIBRARY=$tmp/disk/libtcp2vsock.so "$command" -m '$rule' \
	touch "$tmp/ran"
END
if unshare -rm mount -t tmpfs tmpfs "$tmp/disk" 2>/dev/null; then
	refused "can't be loaded: .*not permitted" unshare -rm sh "$tmp/noexec"
	want_err 'mounted noexec'
else
	cannot 'a disk that is mounted noexec: needs a user namespace'
fi
finish
