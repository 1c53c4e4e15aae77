# SPDX-License-Identifier: MIT
#
# The fuzz targets run under libFuzzer (see each file's top); make check only
# gives them their corpora.
check_PROGRAMS += tests/fuzz/replay_table
TESTS += tests/fuzz/replay_table

tests_fuzz_replay_table_SOURCES = \
	tests/fuzz/fuzz_table.c \
	tests/fuzz/replay.c \
	$(NULL)
tests_fuzz_replay_table_CPPFLAGS = \
	$(AM_CPPFLAGS) \
	-DCORPUS='"tests/fuzz/corpus-table"' \
	$(NULL)
tests_fuzz_replay_table_LDADD = config/libconfig.la

EXTRA_DIST += \
	tests/fuzz/corpus-table \
	tests/fuzz/table.dict \
	$(NULL)
