# SPDX-License-Identifier: MIT

# make bench-table prints what a table of each size costs.
EXTRA_PROGRAMS += tests/bench/bench_table
CLEANFILES += tests/bench/bench_table$(EXEEXT)
tests_bench_bench_table_SOURCES = tests/bench/bench_table.c
tests_bench_bench_table_LDADD = config/libconfig.la

.PHONY: bench-table
bench-table: tests/bench/bench_table$(EXEEXT)
	tests/bench/bench_table$(EXEEXT)

# make check just sees that they work.
check_PROGRAMS += \
	tests/bench/filter \
	tests/bench/price \
	tests/bench/start \
	tests/bench/traffic \
	$(NULL)
TESTS += tests/bench/smoke.sh
EXTRA_DIST += tests/bench/smoke.sh

# make bench measures, and writes CSV and a page to bench/ in the build tree;
# make bench-update puts a page of that and of make bench-curves into doc/.
tests_bench_filter_SOURCES = tests/bench/filter.c
tests_bench_price_SOURCES = tests/bench/price.c tests/must.h
tests_bench_start_SOURCES = tests/bench/start.c
tests_bench_traffic_SOURCES = \
	tests/bench/peer.c \
	tests/bench/peer.h \
	tests/bench/serve.c \
	tests/bench/traffic.c \
	$(NULL)
EXTRA_DIST += \
	tests/bench/common.sh \
	tests/bench/door.go \
	tests/bench/door.py \
	tests/bench/door.sh \
	tests/bench/figures.py \
	tests/bench/filter.sh \
	tests/bench/goals.py \
	tests/bench/idle.sh \
	tests/bench/report.py \
	tests/bench/run \
	tests/bench/start.sh \
	tests/bench/tables.py \
	tests/bench/traffic.sh \
	$(NULL)

# For the supervisor: linked statically, where that can be, and where there is Go.
if HAVE_STATIC
EXTRA_PROGRAMS += tests/bench/traffic-static
CLEANFILES += tests/bench/traffic-static$(EXEEXT)
tests_bench_traffic_static_SOURCES = $(tests_bench_traffic_SOURCES)
tests_bench_traffic_static_LDFLAGS = -all-static
bench_static = tests/bench/traffic-static$(EXEEXT)
endif
CLEANFILES += tests/bench/door
tests/bench/door: tests/bench/door.go
	if command -v go >/dev/null; then \
		CGO_ENABLED=0 GO111MODULE=off GOFLAGS= \
		GOCACHE=$(abs_top_builddir)/tests/door/go-cache \
		go build -o $@ $(srcdir)/tests/bench/door.go; fi

bench_programs = \
	$(bench_static) \
	launcher/tcp2vsock$(EXEEXT) \
	preload/libtcp2vsock.la \
	tests/bench/door \
	tests/bench/filter$(EXEEXT) \
	tests/bench/price$(EXEEXT) \
	tests/bench/start$(EXEEXT) \
	tests/bench/traffic$(EXEEXT) \
	$(NULL)
.PHONY: bench bench-update
bench: $(bench_programs)
	$(srcdir)/tests/bench/run
bench-update:
	$(srcdir)/tests/bench/run --page

# make bench-curves: what a connection costs as something grows.
EXTRA_PROGRAMS += tests/bench/curve
CLEANFILES += tests/bench/curve$(EXEEXT)
tests_bench_curve_SOURCES = \
	tests/bench/curve.c \
	tests/instructions/steps.c \
	tests/instructions/steps.h \
	tests/must.h \
	$(NULL)
tests_bench_curve_LDFLAGS = -pthread
EXTRA_DIST += tests/bench/curves tests/bench/curves.py tests/bench/curves.sh
.PHONY: bench-curves
bench-curves: preload/libtcp2vsock.la tests/bench/curve$(EXEEXT) \
		tests/bench/start$(EXEEXT)
	$(srcdir)/tests/bench/curves

# make bench-lookup counts what a lookup does, with valgrind.
EXTRA_DIST += tests/bench/bench_lookup.sh
.PHONY: bench-lookup
bench-lookup: tests/bench/bench_table$(EXEEXT)
	$(srcdir)/tests/bench/bench_lookup.sh
