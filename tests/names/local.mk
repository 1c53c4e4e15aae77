# SPDX-License-Identifier: MIT
check_PROGRAMS += \
	tests/names/ask \
	tests/names/dial \
	tests/names/every \
	tests/names/ports \
	tests/names/whence \
	$(NULL)
tests_names_ask_SOURCES = tests/names/ask.c
tests_names_dial_SOURCES = tests/names/dial.c
tests_names_dial_CFLAGS = $(AM_CFLAGS) -pthread
tests_names_every_SOURCES = tests/names/every.c
tests_names_ports_SOURCES = tests/names/ports.c
tests_names_whence_SOURCES = tests/names/whence.c

# A shared object that is never installed: -rpath makes libtool build one.
noinst_LTLIBRARIES += tests/names/far.la
tests_names_far_la_SOURCES = tests/names/far.c
tests_names_far_la_LDFLAGS = -module -avoid-version -shared -rpath /none

names_tests = \
	tests/names/answers.sh \
	tests/names/anyname.sh \
	tests/names/children.sh \
	tests/names/every.sh \
	tests/names/peers.sh \
	tests/names/ports.sh \
	tests/names/programs.sh \
	tests/names/unasked.sh \
	$(NULL)
TESTS += $(names_tests)
EXTRA_DIST += \
	tests/names/Ask.java \
	tests/names/answers-inside.sh \
	tests/names/anyname-inside.sh \
	tests/names/as.sh \
	tests/names/cluster.sh \
	tests/names/every-inside.sh \
	tests/names/lib.sh \
	tests/names/peers-inside.sh \
	tests/names/ports-inside.sh \
	tests/names/programs-inside.sh \
	tests/names/unasked-inside.sh \
	$(names_tests) \
	$(NULL)
