# SPDX-License-Identifier: MIT
check_PROGRAMS += tests/stack/stack
tests_stack_stack_SOURCES = tests/stack/stack.c
tests_stack_stack_LDFLAGS = -Wl,-z,now # no lookups on the small stack

TESTS += tests/stack/run.sh
EXTRA_DIST += \
	tests/stack/run.sh \
	tests/stack/table.conf \
	tests/stack/under.sh \
	$(NULL)
