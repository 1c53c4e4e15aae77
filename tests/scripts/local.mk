# SPDX-License-Identifier: MIT
TESTS += tests/scripts/demo.sh
EXTRA_DIST += tests/scripts/demo.sh tests/scripts/fresh.sh
