#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A C++ program includes vsock.h, links with libvsock and works.
set -eu

builddir=${builddir:-.}
srcdir=${srcdir:-$(dirname "$0")/../..}
cxx=${CXX:-c++}
libs=$(cd "$builddir/vsock/.libs" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

if ! command -v "$cxx" >/dev/null; then
	echo "skipped: no C++ compiler (g++)"
	[ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ] && exit 99
	exit 77
fi
# shellcheck disable=SC2086
"$cxx" ${CXXFLAGS:-} -Wall -Wextra -Werror -I"$srcdir" -o "$scratch/cxx" \
	"$srcdir/tests/vsock/cxx.cc" -L"$libs" -lvsock
LD_LIBRARY_PATH=$libs "$scratch/cxx"
