# SPDX-License-Identifier: MIT

# test-qemu.sh is for scripts/check --all.
TESTS += tests/rig/test-rig.sh
EXTRA_DIST += \
	tests/rig/README.md \
	tests/rig/init \
	tests/rig/owner.c \
	tests/rig/qemu \
	tests/rig/run \
	tests/rig/test-qemu.sh \
	tests/rig/test-rig.sh \
	tests/rig/xstate.c \
	$(NULL)
