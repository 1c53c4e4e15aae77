# SPDX-License-Identifier: MIT
check_PROGRAMS += tests/leaks/leaks
tests_leaks_leaks_SOURCES = tests/leaks/leaks.c
tests_leaks_leaks_CFLAGS = $(AM_CFLAGS) -pthread
tests_leaks_leaks_LDADD = -lpthread

TESTS += tests/leaks/run.sh
EXTRA_DIST += \
	tests/leaks/inside.sh \
	tests/leaks/run.sh \
	$(NULL)
