#!/bin/sh
# SPDX-License-Identifier: MIT
# Static programs that a program with the library runs, in every way.
set -u
: "${srcdir:=$(dirname "$0")/../..}"
export srcdir
[ "${UNDER_RUN:-}" ] || UNDER_RUN=1 exec ./run sh "$0" "$@"
here=$(cd "$srcdir/tests/door" && pwd)
out=$PWD/tests/door

mkdir -p "$out"
${CC:-gcc} -w -o "$out/child" "$here/child.c" || exit 1
# The mark of the Go linker behind a note whose name is padded.
${CC:-gcc} -x c -o "$out/marked" - <<'END' || exit 1
#include <stdio.h>
#include <sys/prctl.h>
__asm__(".section .note.go.buildid, \"a\", %note\n"
	".balign 4\n"
	".long 6, 1, 1\n.ascii \"other\\0\\0\\0\", \"x\\0\\0\\0\"\n"
	".long 4, 4, 4\n.ascii \"Go\\0\\0\", \"id\\0\\0\"\n"
	".text");
int main(void)
{
	puts(prctl(PR_GET_SECCOMP) == 2 ? "supervised" : "alone");
	return 0;
}
END
exec "$srcdir/tests/rig/run" -- "$here/children-inside.sh" "$out/child"
