# SPDX-License-Identifier: MIT
EXTRA_DIST += tests/sanitizers.sh
