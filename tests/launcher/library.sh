#!/bin/sh
# SPDX-License-Identifier: MIT
# The library: the right one is loaded, or nothing runs.
. "${srcdir:=.}/tests/launcher/lib.sh"

ours=$TCP2VSOCK_LIBRARY

# refused_with LIBRARY PATTERN
refused_with() {
	TCP2VSOCK_LIBRARY=$1 refused "$2" \
		tcp2vsock -m "$rule" touch "$tmp/ran"
}

refused_with "$tmp/none.so" 'library is missing'
echo 'not a library' >"$tmp/text.so"
refused_with "$tmp/text.so" 'not a library for this machine'
refused_with "$tmp" 'not a library|missing|Is a directory'
strip -o "$tmp/whole.so" "$ours" || exit 99
size=$(wc -c <"$tmp/whole.so")
for part in 0 1 10 30 60; do
	head -c $((size * part / 100)) "$tmp/whole.so" >"$tmp/short.so"
	refused_with "$tmp/short.so" 'not a library for this machine, or cut'
done
cp "$ours" "$tmp/class.so"
printf '\003' | dd of="$tmp/class.so" bs=1 seek=4 conv=notrunc 2>/dev/null
refused_with "$tmp/class.so" 'not a library for this machine'

cat >"$tmp/other.c" <<'END'
__asm__(".pushsection .note.tcp2vsock,\"a\",%note\n"
	".long 10, 18, 1\n.asciz \"tcp2vsock\"\n.balign 4\n"
	".asciz \"0.0.0-other glibc\"\n.balign 4\n.popsection");
END
echo 'int nothing;' >"$tmp/nothing.c"
for name in other nothing; do
	$cc -shared -fPIC -o "$tmp/$name.so" "$tmp/$name.c" || exit 99
done
refused_with "$tmp/other.so" 'is version 0\.0\.0-other, and this command'
refused_with "$tmp/nothing.so" "is not tcp2vsock's library"
for name in 'a b' a:b 'a$b'; do
	mkdir "$tmp/$name"
	cp "$ours" "$tmp/$name/libtcp2vsock.so"
	refused_with "$tmp/$name/libtcp2vsock.so" "can't hold a path"
done

# A program that changes its folder and runs another keeps the library.
cp "$ours" "$tmp/libtcp2vsock.so"
TCP2VSOCK_LIBRARY=libtcp2vsock.so \
	run_it env -C "$tmp" tcp2vsock -m "$rule" printenv LD_PRELOAD
want_status 0
want_exactly "$tmp/libtcp2vsock.so"

# It really is in the process.
run_it tcp2vsock -m "$rule" grep -c "^.*$ours\$" /proc/self/maps
want_status 0
# Not there, not started by the launcher either: the dynamic linker only warns,
# which is why the launcher looks first.
LD_PRELOAD=$tmp/none.so run_it env true
want_status 0
want_err 'cannot be preloaded'
finish
