#!/bin/sh
# SPDX-License-Identifier: MIT
# The rules of the house: house.py says which. That an engine call works on a
# duplicate of another process's socket, with no door's knowledge but what is
# given to it, is what every test of tests/door/ shows: the command is linked
# without preload/.
srcdir=${srcdir:-$(dirname "$0")/../..}
command -v python3 >/dev/null || { echo "skipped: no python3"; exit 77; }
exec python3 "$srcdir/tests/house/house.py" "$srcdir" "${builddir:-.}"
