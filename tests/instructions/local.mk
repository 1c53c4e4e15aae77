# SPDX-License-Identifier: MIT
check_PROGRAMS += tests/instructions/calls
tests_instructions_calls_SOURCES = \
	tests/instructions/calls.c \
	tests/instructions/steps.c \
	tests/instructions/steps.h \
	tests/must.h \
	$(NULL)

TESTS += tests/instructions/run.sh
EXTRA_DIST += \
	tests/instructions/count.sh \
	tests/instructions/expected \
	tests/instructions/run.sh \
	$(NULL)
