# SPDX-License-Identifier: MIT
TESTS += tests/symbols/load.sh tests/symbols/run.sh
EXTRA_DIST += \
	tests/symbols/exported \
	tests/symbols/load.sh \
	tests/symbols/not-needed \
	tests/symbols/run.sh \
	$(NULL)
