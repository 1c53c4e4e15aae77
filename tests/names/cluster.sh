#!/bin/sh
# SPDX-License-Identifier: MIT
# cluster.sh DIRECTORY: a fresh PostgreSQL cluster in DIRECTORY/data, made
# where that takes two seconds and not thirty; an empty one without initdb.
here=$(dirname "$0")
mkdir "$1/data" && chmod 755 "$1" || exit 99
initdb=$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null | tail -n 1)
[ -n "$initdb" ] || exit 0
[ "$(id -u)" != 0 ] || chown nobody "$1/data"
"$here/as.sh" nobody "$initdb" -N -A trust --no-locale -U nobody \
	-D "$1/data" >"$1/log" 2>&1 && exit
cat "$1/log"
exit 99
