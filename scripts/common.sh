# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# What scripts/demo and scripts/check share; sourced at the top of the tree.
top=$PWD

give_up() {
	printf '%s\n' "$@" >&2
	exit 1
}

# Neither make nor autoconf can, and they say so late and in other words.
lf='
'
case $top in
*["$lf"' 	"\#$&`:;*?[]()<>|']* | *"'"*)
	give_up "$0: make can't build in a folder with such a name: $top" \
		"Move it to one without blanks and signs, as ~/tcp2vsock."
	;;
esac
[ ! -e config.status ] ||
	give_up "$0: ./configure was run in this folder itself;" \
		"'make distclean' undoes that, or take a fresh clone."

# configure_in BUILD [OPTION...]: BUILD is two folders down. By a relative path,
# so that a tree can be copied with what is built in it.
configure_in() (
	[ -x "$top/configure" ] || "$top/autogen.sh" || exit
	cd "$1" || exit
	shift
	[ -e Makefile ] || ../../configure "$@"
)
