#!/bin/sh
# SPDX-License-Identifier: MIT
# SYSCONFDIR/tcp2vsock.conf: rules for who gives none. It is put where it
# belongs in a mount namespace, so that this machine has none.
. "${srcdir:=.}/tests/launcher/lib.sh"

prefix=$(sed -n 's/^prefix = //p' Makefile)
eval "folder=$(sed -n 's/^sysconfdir = //p' Makefile)"
file=$folder/tcp2vsock.conf
at=$folder
while [ ! -d "$at" ]; do
	at=$(dirname "$at")
done

# inside SCRIPT: run where $folder is empty.
inside() {
	run_it unshare -rm sh -c 'mount -t tmpfs -o mode=755 none "$1" &&
		mkdir -p "$2" && file=$2/tcp2vsock.conf && eval "$3"' \
		- "$at" "$folder" "$1"
}

rule='connect 10.0.0.5:1 = vsock:7:1'
export rule
other='connect 10.0.0.6:1 = vsock:8:1'
export other
inside 'ls "$2"'
[ "$at" != / ] && [ "$status" = 0 ] || {
	cannot "the system's file: no unshare -rm"
	finish
}
want_exactly ''
inside 'tcp2vsock touch ran'
want_status 125
want_err "no rules: .*, or in $file\$"

inside 'echo "$rule" >"$file" && tcp2vsock --print'
want_exactly "$rule"
want_quiet
inside 'echo "$rule" >"$file" && tcp2vsock printenv TCP2VSOCK_CONFIG'
want_exactly "$file"
want_quiet
inside 'echo "$rule" >"$file" && tcp2vsock -v true'
want_status 0
want_err "^tcp2vsock: rules from $file\$"
inside 'echo "$rule" >"$file" && tcp2vsock --doctor'
want_out "^[a-z]+ +rule +$file:1: "

# Who gives some gives all.
inside 'echo "$rule" >"$file" && tcp2vsock -m "$other" --print'
want_exactly "$other"
inside 'echo "$rule" >"$file" && echo "$other" >"$2/other" &&
	tcp2vsock -f "$2/other" --print'
want_exactly "$other"
inside 'echo "$rule" >"$file" && TCP2VSOCK_MAP=$other tcp2vsock --print'
want_exactly "$other"
inside 'echo "$rule" >"$file" && echo "$other" >"$2/other" &&
	TCP2VSOCK_CONFIG=$2/other tcp2vsock --print'
want_exactly "$other"

# It is held to what any file of rules is; and the library alone has no rules.
inside 'echo "$rule" >"$file" && chmod o+w "$file" && tcp2vsock true'
want_status 125
want_err 'may write the file'
inside 'echo nonsense >"$file" && LD_PRELOAD=$TCP2VSOCK_LIBRARY true'
want_status 0
want_quiet
finish
