# SPDX-License-Identifier: MIT

TESTS += tests/door/programs.sh
EXTRA_DIST += \
	tests/door/programs-inside.sh \
	tests/door/programs.sh \
	tests/door/web.go \
	$(NULL)
