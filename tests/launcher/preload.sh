#!/bin/sh
# SPDX-License-Identifier: MIT
# LD_PRELOAD: what is there stays there, behind us but for sanitizers' runtimes.
. "${srcdir:=.}/tests/launcher/lib.sh"

ours=$TCP2VSOCK_LIBRARY
echo 'int nothing_1;' >"$tmp/one.c"
$cc -shared -fPIC -o "$tmp/one.so" "$tmp/one.c" || exit 99
cp "$tmp/one.so" "$tmp/two.so"

t2v() {
	run_it tcp2vsock -m "$rule" "$@"
}

t2v printenv LD_PRELOAD
want_exactly "$ours"
LD_PRELOAD='' t2v printenv LD_PRELOAD
want_exactly "$ours"
LD_PRELOAD="$tmp/one.so $tmp/two.so" t2v printenv LD_PRELOAD
want_exactly "$ours:$tmp/one.so $tmp/two.so"
for first in "$tmp/libasan.so.8" "$tmp/libtsan.so.2 $tmp/libubsan.so.1"; do
	LD_PRELOAD="$first:$tmp/one.so" t2v printenv LD_PRELOAD
	want_exactly "$first:$ours:$tmp/one.so"
	LD_PRELOAD="$first" t2v printenv LD_PRELOAD
	want_exactly "$first:$ours"
done
LD_PRELOAD=$tmp/one.so t2v cat /proc/self/maps
want_out "$tmp/one.so"
want_out "$ours"

# Once is enough, wherever it stands; its like elsewhere is another one.
LD_PRELOAD="$ours:$tmp/one.so" t2v printenv LD_PRELOAD
want_exactly "$ours:$tmp/one.so"
t2v tcp2vsock -m "$rule # inner" printenv LD_PRELOAD
want_exactly "$ours"
cp "$ours" "$tmp/libtcp2vsock.so"
LD_PRELOAD=$tmp/libtcp2vsock.so \
	refused 'another tcp2vsock' tcp2vsock -m "$rule" touch "$tmp/ran"

# Used inside itself: the inner rules come first, the outer ones stay.
t2v tcp2vsock -m 'connect 10.0.0.6:1 = direct' printenv TCP2VSOCK_MAP
want_status 0
want_exactly "connect 10.0.0.6:1 = direct
$rule"
t2v tcp2vsock sh -c 'exit 7'
want_status 7
t2v tcp2vsock -m 'nonsense' true
want_status 125

# A sanitizer's runtime has to be the first library of the process.
echo 'int main(void) { return 5; }' >"$tmp/asan.c"
asan=
if $cc -fsanitize=address -o "$tmp/asan" "$tmp/asan.c" 2>/dev/null; then
	asan=$(ldd "$tmp/asan" | sed -n 's/.*libasan.* => \([^ ]*\).*/\1/p')
fi
if [ "$asan" ]; then
	LD_PRELOAD=$asan t2v "$tmp/asan"
	want_status 5
	want_quiet
	# The launcher itself leaks nothing that would change its status.
	LD_PRELOAD=$asan refused '^-m:1:' tcp2vsock -m nonsense touch "$tmp/ran"
	LD_PRELOAD=$asan t2v no-such-command-anywhere
	want_status 127
else
	cannot "the order of libasan: $cc has no shared one"
fi
finish
