# SPDX-License-Identifier: MIT

# The parity program, linked statically.
if HAVE_STATIC
check_PROGRAMS += tests/door/parity
tests_door_parity_SOURCES = $(tests_parity_parity_SOURCES)
tests_door_parity_CFLAGS = $(AM_CFLAGS) -pthread
tests_door_parity_CPPFLAGS = $(AM_CPPFLAGS) -DPARITY_STATIC
tests_door_parity_LDFLAGS = -all-static
tests_door_parity_LDADD = -lpthread
TESTS += tests/door/parity.sh
endif

check_PROGRAMS += tests/door/storm
tests_door_storm_SOURCES = tests/door/storm.c
tests_door_storm_CFLAGS = $(AM_CFLAGS) -pthread
tests_door_storm_LDADD = -lpthread

check_PROGRAMS += tests/door/tree
tests_door_tree_SOURCES = tests/door/tree.c

TESTS += \
	tests/door/calls.sh \
	tests/door/children.sh \
	tests/door/jobs.sh \
	tests/door/killed.sh \
	tests/door/life.sh \
	tests/door/names.sh \
	tests/door/programs.sh \
	tests/door/storm.sh \
	tests/door/tree.sh \
	tests/door/ways.sh \
	$(NULL)
EXTRA_DIST += \
	tests/door/asks.c \
	tests/door/calls-expected \
	tests/door/calls-inside.sh \
	tests/door/calls.py \
	tests/door/calls.sh \
	tests/door/child.c \
	tests/door/children-inside.sh \
	tests/door/children.sh \
	tests/door/documented \
	tests/door/expect-inside.sh \
	tests/door/hanging \
	tests/door/jobs.py \
	tests/door/jobs.sh \
	tests/door/killed.py \
	tests/door/killed.sh \
	tests/door/life.sh \
	tests/door/limit.py \
	tests/door/lookup.c \
	tests/door/names-inside.sh \
	tests/door/names.sh \
	tests/door/nameserver.py \
	tests/door/parity-inside.sh \
	tests/door/parity.sh \
	tests/door/programs-inside.sh \
	tests/door/programs.sh \
	tests/door/question.py \
	tests/door/reasons \
	tests/door/storm-inside.sh \
	tests/door/storm.sh \
	tests/door/tree-inside.sh \
	tests/door/tree.sh \
	tests/door/ways.c \
	tests/door/ways.sh \
	tests/door/web.go \
	$(NULL)

clean-local: clean-door
.PHONY: clean-door
clean-door:
	rm -rf tests/door/go-cache tests/door/web
