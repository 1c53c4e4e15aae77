# SPDX-License-Identifier: MIT

# make bench-table prints what a table of each size costs.
EXTRA_PROGRAMS += tests/bench/bench_table
CLEANFILES += tests/bench/bench_table$(EXEEXT)
tests_bench_bench_table_SOURCES = tests/bench/bench_table.c
tests_bench_bench_table_LDADD = config/libconfig.la

.PHONY: bench-table
bench-table: tests/bench/bench_table$(EXEEXT)
	tests/bench/bench_table$(EXEEXT)
