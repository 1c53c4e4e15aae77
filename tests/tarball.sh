#!/bin/sh
# SPDX-License-Identifier: MIT
# What git holds is in the tarball, but for what only a checkout needs. Run in
# the top of a build tree.
srcdir=${srcdir:-$(dirname "$0")/..}
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
