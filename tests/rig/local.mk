# SPDX-License-Identifier: MIT

TESTS += tests/rig/test-rig.sh
EXTRA_DIST += \
	tests/rig/README.md \
	tests/rig/init \
	tests/rig/run \
	tests/rig/test-rig.sh \
	$(NULL)
