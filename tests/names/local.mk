# SPDX-License-Identifier: MIT
check_PROGRAMS += tests/names/ask
tests_names_ask_SOURCES = tests/names/ask.c

# A shared object that is never installed: -rpath makes libtool build one.
noinst_LTLIBRARIES += tests/names/far.la
tests_names_far_la_SOURCES = tests/names/far.c
tests_names_far_la_LDFLAGS = -module -avoid-version -shared -rpath /none

names_tests = \
	tests/names/answers.sh \
	tests/names/peers.sh \
	$(NULL)
TESTS += $(names_tests)
EXTRA_DIST += \
	tests/names/answers-inside.sh \
	tests/names/as.sh \
	tests/names/lib.sh \
	tests/names/peers-inside.sh \
	$(names_tests) \
	$(NULL)
