# SPDX-License-Identifier: MIT
#
# The fuzz targets run under libFuzzer (tests/fuzz/run); make check only gives
# them their corpora.
fuzz_replays = \
	tests/fuzz/replay_address \
	tests/fuzz/replay_hybrid \
	tests/fuzz/replay_import \
	tests/fuzz/replay_table \
	$(NULL)
check_PROGRAMS += $(fuzz_replays)
TESTS += $(fuzz_replays)

tests_fuzz_replay_address_SOURCES = \
	tests/fuzz/fuzz_address.c \
	tests/fuzz/replay.c \
	tests/unit/fake.c \
	tests/unit/fake.h \
	$(NULL)
tests_fuzz_replay_address_CPPFLAGS = \
	$(AM_CPPFLAGS) \
	-DCORPUS='"tests/fuzz/corpus-address"' \
	$(NULL)
tests_fuzz_replay_address_LDADD = redirect/libredirect.la

tests_fuzz_replay_hybrid_SOURCES = \
	tests/fuzz/fuzz_hybrid.c \
	tests/fuzz/replay.c \
	$(NULL)
tests_fuzz_replay_hybrid_CPPFLAGS = \
	$(AM_CPPFLAGS) \
	-DCORPUS='"tests/fuzz/corpus-hybrid"' \
	$(NULL)
tests_fuzz_replay_hybrid_LDADD = redirect/libredirect.la

tests_fuzz_replay_import_SOURCES = \
	tests/fuzz/fuzz_import.c \
	tests/fuzz/replay.c \
	$(import_sources) \
	$(NULL)
tests_fuzz_replay_import_CPPFLAGS = \
	$(AM_CPPFLAGS) \
	-DCORPUS='"tests/launcher/import/files"' \
	$(NULL)
tests_fuzz_replay_import_LDADD = config/libconfig.la

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
	tests/fuzz/corpus-address \
	tests/fuzz/corpus-hybrid \
	tests/fuzz/corpus-table \
	tests/fuzz/run \
	tests/fuzz/table.dict \
	$(NULL)
