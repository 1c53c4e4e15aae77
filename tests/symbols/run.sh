#!/bin/sh
# SPDX-License-Identifier: MIT
#
# libtcp2vsock.so exports what the file `exported` lists, all of it and nothing
# else; and libc has no second name for a hooked function (a _chk, 64 or
# double-underscore twin, or any name at the same address) that is neither
# hooked nor listed in `not-needed`. What the library itself calls by these names
# is its own, whatever a program has of the same name. And it calls nothing that
# the bundle's library could not have of an old glibc.
#
#   symbols/run.sh [LIBC]
set -u

builddir=${builddir:-.}
srcdir=${srcdir:-$(dirname "$0")/../..}
here=$srcdir/tests/symbols
library=$builddir/preload/.libs/libtcp2vsock.so
nm=${NM:-nm}
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
LC_ALL=C
export LC_ALL
failed=0

list() {
	sed -e '/^#/d' -e '/^$/d' "$1" | cut -f 1 | sort
}

fail() {
	echo "FAIL: $*"
	failed=1
}

list "$here/exported" >"$scratch/wanted"
list "$here/not-needed" >"$scratch/not-needed"
$nm -D --defined-only "$library" | awk '{ print $3 }' | sort \
	>"$scratch/exported"
[ -s "$scratch/wanted" ] && [ -s "$scratch/exported" ] || exit 99
diff "$scratch/wanted" "$scratch/exported" ||
	fail "exported (>) is not what was meant (<)"

${READELF:-readelf} -rW "$library" | awk '/R_/ {
	sub(/@.*/, "", $5)
	print $5
}' | sort -u >"$scratch/relocated"
grep -qx dlsym "$scratch/relocated" || fail "readelf shows no relocations"
for name in $(comm -12 "$scratch/exported" "$scratch/relocated"); do
	fail "the library's own calls of $name are to whatever has the name"
done

sed -n 's/^\([a-z_0-9]*\)\t.\{20,\}/\1/p' "$here/not-needed" | sort |
	diff - "$scratch/not-needed" >/dev/null ||
	fail "a line of not-needed has no reason"
comm -12 "$scratch/exported" "$scratch/not-needed" | grep . &&
	fail "hooked, and listed as not needed"

libc=${1-$(ldd "$library" | awk '$1 ~ /^libc\.so/ { print $3 }')}
$nm -D --defined-only "$libc" | awk '$2 ~ /^[TWi]$/ {
	sub(/@.*/, "", $3)
	print $3, $1
}' | sort -u >"$scratch/libc"
[ -s "$scratch/libc" ] || exit 99

# Names at the address of a hooked function, and names made from its name.
awk -v names="$scratch/exported" '
BEGIN {
	while ((getline name < names) > 0) {
		base = name
		sub(/^__/, "", base)
		sub(/(_chk|64)$/, "", base)
		hooked[name]
		bases[base]
	}
}
{ address[$1] = $2 }
END {
	for (name in address)
		if (name in hooked)
			taken[address[name]]
	for (name in address) {
		base = name
		sub(/^(__libc_|__)/, "", base)
		sub(/(_time64|64)?(_chk)?$/, "", base)
		sub(/(_a|_nocancel|_cancel|_2)$/, "", base)
		if (address[name] in taken || base in bases)
			print name
	}
}' "$scratch/libc" | sort -u >"$scratch/twins"
[ "$(wc -l <"$scratch/twins")" -ge 30 ] || fail "too few names found in $libc"
sort -u "$scratch/exported" "$scratch/not-needed" |
	comm -23 "$scratch/twins" - >"$scratch/missing"
while read -r name; do
	fail "libc exports $name, which is neither hooked nor in not-needed"
done <"$scratch/missing"

# The bundle runs with glibc 2.17: what is newer is known to its header.
$nm -D --undefined-only "$library" |
	sed -n 's/.* \([^ @]*\)@*GLIBC_2\.\([0-9]*\).*/\2 \1/p' |
	awk '$1 > 17 { print $2 }' >"$scratch/newer"
while read -r name; do
	case $name in
	stat | strerrorname_np) continue ;; # a struct's name; ./configure's
	__isoc23_strto*) name=__GLIBC_USE_C23_STRTOL\ 0 ;; # <features.h>
	esac
	grep -Eq "(define |USE\()$name([(,]|\$)" "$srcdir/packaging/old-glibc.h" ||
		fail "$name is newer than glibc 2.17; see packaging/old-glibc.h"
done <"$scratch/newer"

[ $failed = 0 ] && echo "ok: $(wc -l <"$scratch/exported") exported," \
	"$(wc -l <"$scratch/twins") names of them in $libc"
exit $failed
