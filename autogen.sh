#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes ./configure from a git checkout.
set -e
cd "$(dirname "$0")"
mkdir -p m4 # or aclocal complains
exec autoreconf --install --force
