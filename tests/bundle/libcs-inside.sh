#!/bin/sh
# SPDX-License-Identifier: MIT
#
# One LD_PRELOAD for programs of every C library: in the test kernel, from a
# bundle that is unpacked there, against a server on AF_VSOCK.
#
#	libcs-inside.sh BUNDLE PROGRAMS
set -u
bundle=$1 programs=$2
failed=0
cd "$RIG_TMP" || exit 99
tar -C "$RIG_TMP" -xJf "$bundle" || exit 99
mv "$RIG_TMP"/tcp2vsock-* "$RIG_TMP/place"
place=$RIG_TMP/place
rule='connect db.internal:5432 = vsock:local:5432'

"$place/bin/tcp2vsock" -m 'listen *:5432 = vsock:any:5432' \
	python3 "${0%/*}/serve.py" &
server=$!
until [ -e ready ]; do sleep 0.1; done

# served WHAT COMMAND...
served()
{
	what=$1
	shift
	said=$("$@" 2>&1)
	if [ "$said" = served ]; then
		echo "ok: $what"
	else
		echo "FAIL: $what: $said"
		failed=1
	fi
}

command()
{
	"$place/bin/tcp2vsock" -m "$rule" "$@"
}

# By the command, and by the environment alone, as in a container.
for libc in glibc musl i386; do
	served "$libc by the command" command \
		"$programs/$libc" db.internal 5432
	served "$libc as a child of dash" command sh -c \
		"$programs/$libc db.internal 5432; :"
	served "$libc as a child of a musl program" command \
		"$programs/musl-runs" "$programs/$libc" db.internal 5432
	served "$libc by the environment" env TCP2VSOCK_MAP="$rule" \
		LD_PRELOAD="$place/\$LIB/libtcp2vsock.so" \
		"$programs/$libc" db.internal 5432
done

# What glibc's dynamic linker elsewhere makes of $LIB: Red Hat's, and Arch's.
for lib in lib64 lib; do
	perl -pe "s{\\0lib/x86_64-linux-gnu\\0}
		{\"\\0$lib\" . \"\\0\" x (21 - length('$lib'))}ex" \
		/lib64/ld-linux-x86-64.so.2 >"ld-$lib.so"
	chmod +x "ld-$lib.so"
	served "glibc whose \$LIB is $lib" env TCP2VSOCK_MAP="$rule" \
		LD_PRELOAD="$place/\$LIB/libtcp2vsock.so" \
		"./ld-$lib.so" "$programs/glibc" db.internal 5432
	env LD_TRACE_LOADED_OBJECTS=1 LD_PRELOAD="$place/\$LIB/libtcp2vsock.so" \
		"./ld-$lib.so" "$programs/glibc" | grep -q "=> $place/$lib/lib" || {
		echo "FAIL: the linker was not patched for $lib"
		failed=1
	}
done

# It is only the rule that makes the difference.
if "$programs/musl" db.internal 5432 2>/dev/null; then
	echo 'FAIL: served without us'
	failed=1
fi
kill $server
exit $failed
