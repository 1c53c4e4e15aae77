#!/bin/sh
# SPDX-License-Identifier: MIT
#
# installed.sh SOURCE: compiles it with what pkg-config says of the installed
# vsock.pc, and runs it with the installed library.
set -eu
: "${DESTDIR:=}" "${pkgconfigdir:?}" "${libdir:?}"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Under DESTDIR the .pc file names places that are not there yet: the sysroot
# of pkg-config puts DESTDIR before them.
PKG_CONFIG_PATH=$DESTDIR$pkgconfigdir
export PKG_CONFIG_PATH
if [ -n "$DESTDIR" ]; then
	PKG_CONFIG_SYSROOT_DIR=$DESTDIR
	export PKG_CONFIG_SYSROOT_DIR
fi

flags=$($PKG_CONFIG --cflags --libs vsock)
echo "installcheck: vsock.pc says $flags"
# shellcheck disable=SC2086
$CC -o "$scratch/program" "$1" $flags
said=$(LD_LIBRARY_PATH=$DESTDIR$libdir "$scratch/program")
[ "$said" = "host(2):1024" ]
