# SPDX-License-Identifier: MIT
check_PROGRAMS += tests/random/walk
tests_random_walk_SOURCES = \
	tests/parity/libc.c \
	tests/parity/libc.h \
	tests/random/model.c \
	tests/random/plan.c \
	tests/random/say.c \
	tests/random/steps_copy.c \
	tests/random/steps_data.c \
	tests/random/steps_make.c \
	tests/random/steps_options.c \
	tests/random/steps_taken.c \
	tests/random/steps_twins.c \
	tests/random/steps_watch.c \
	tests/random/storm.c \
	tests/random/walk.c \
	tests/random/walk.h \
	$(NULL)

tests_random_walk_CFLAGS = $(AM_CFLAGS) -pthread
tests_random_walk_LDADD = -lpthread

TESTS += tests/random/run.sh
EXTRA_DIST += \
	tests/random/inside.py \
	tests/random/run.sh \
	$(NULL)
