# SPDX-License-Identifier: MIT
check_PROGRAMS += tests/names/ask
tests_names_ask_SOURCES = tests/names/ask.c

TESTS += tests/names/answers.sh
EXTRA_DIST += \
	tests/names/answers-inside.sh \
	tests/names/answers.sh \
	$(NULL)
