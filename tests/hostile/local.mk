# SPDX-License-Identifier: MIT
check_PROGRAMS += tests/hostile/hostile
tests_hostile_hostile_SOURCES = \
	tests/hostile/hostile.c \
	tests/parity/libc.c \
	tests/parity/libc.h \
	$(NULL)

TESTS += tests/hostile/run.sh
EXTRA_DIST += \
	tests/hostile/compare.py \
	tests/hostile/documented \
	tests/hostile/inside.sh \
	tests/hostile/run.sh \
	$(NULL)
