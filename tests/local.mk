# SPDX-License-Identifier: MIT
EXTRA_DIST += \
	tests/analysers-known \
	tests/analysers.sh \
	tests/expect.sh \
	tests/machines.sh \
	tests/musl.sh \
	tests/packaging/debian.sh \
	tests/packaging/rpm.sh \
	tests/sanitizers.sh \
	$(NULL)
