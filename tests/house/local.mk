# SPDX-License-Identifier: MIT
TESTS += tests/house/run.sh
EXTRA_DIST += tests/house/house.py tests/house/run.sh
