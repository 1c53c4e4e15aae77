# SPDX-License-Identifier: MIT

# make bench-table prints what a table of each size costs.
EXTRA_PROGRAMS += tests/bench/bench_table
CLEANFILES += tests/bench/bench_table$(EXEEXT)
tests_bench_bench_table_SOURCES = tests/bench/bench_table.c
tests_bench_bench_table_LDADD = config/libconfig.la

.PHONY: bench-table
bench-table: tests/bench/bench_table$(EXEEXT)
	tests/bench/bench_table$(EXEEXT)

# make bench-processes prints what one large file costs many processes.
EXTRA_DIST += tests/bench/bench_processes.sh
.PHONY: bench-processes
bench-processes: preload/libtcp2vsock.la launcher/tcp2vsock
	$(srcdir)/tests/bench/bench_processes.sh
