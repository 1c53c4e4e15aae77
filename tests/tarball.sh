#!/bin/sh
# SPDX-License-Identifier: MIT
# The version is that of configure.ac everywhere; and what git holds is in the
# tarball, but for what only a checkout needs. Run in the top of a build tree.
srcdir=${srcdir:-$(dirname "$0")/..}
version=$(sed -n 's/^AC_INIT(\[tcp2vsock\], \[\([^]]*\)\].*/\1/p' \
	"$srcdir/configure.ac")

# same_version FILE LINE: the first of this form, where @ stands for a version.
same_version()
{
	found=$(sed -n "s/^$(echo "$2" | sed 's/@/\\([0-9.]*\\)/').*/\1/p" \
		"$srcdir/$1" | head -n 1)
	[ "$found" = "$version" ] && return
	echo "$1 is of version '$found', and configure.ac of '$version'"
	exit 1
}

[ "$version" ] || exit 99
same_version debian/changelog 'tcp2vsock (@)'
same_version packaging/tcp2vsock.spec 'Version: *@'
same_version NEWS.md '## @ ([0-9-]*)'
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT

git -C "$srcdir" ls-files >"$scratch/all" 2>/dev/null || {
	echo "skipped: no checkout of git's, or no git"
	exit 77
}
grep -vE '^(\.ci/|\.(clang-format|clang-tidy|editorconfig|gitignore|shellcheckrc)$)' \
	"$scratch/all" | sort >"$scratch/wanted"

# A folder in the list stands for all that is in it.
make -s --eval 'dist-list:; @printf "%s\n" $(DISTFILES)' dist-list |
	sed 's,^\(\.\./\)*,,' | while IFS= read -r name; do
	name=${name#"$(cd "$srcdir" && pwd)/"}
	if [ -d "$srcdir/$name" ]; then
		(cd "$srcdir" && find "$name" -type f)
	else
		printf '%s\n' "$name"
	fi
done | sort >"$scratch/there"
comm -23 "$scratch/wanted" "$scratch/there" >"$scratch/missing"
[ -s "$scratch/missing" ] || exit 0
echo "In git, and not in the tarball; add it to EXTRA_DIST or a list of sources:"
sed 's/^/  /' "$scratch/missing"
exit 1
