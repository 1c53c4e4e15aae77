# SPDX-License-Identifier: MIT

EXTRA_DIST += \
	tests/rig/README.md \
	tests/rig/init \
	tests/rig/run \
	$(NULL)
