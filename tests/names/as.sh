#!/bin/sh
# SPDX-License-Identifier: MIT
# as.sh USER COMMAND...: as that user, with the preloaded libraries; just runs
# it where we are not root.
[ "$(id -u)" = 0 ] || {
	shift
	exec "$@"
}
user=$1
shift
exec setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups -- "$@"
