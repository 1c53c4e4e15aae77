# SPDX-License-Identifier: MIT
check_PROGRAMS += tests/syscalls/calls
tests_syscalls_calls_SOURCES = tests/syscalls/calls.c

TESTS += tests/syscalls/run.sh
EXTRA_DIST += \
	tests/syscalls/count.awk \
	tests/syscalls/expected \
	tests/syscalls/run.sh \
	tests/syscalls/table.conf \
	tests/syscalls/trace.sh \
	$(NULL)
