# SPDX-License-Identifier: MIT
check_PROGRAMS += tests/parity/parity
tests_parity_parity_SOURCES = \
	tests/parity/address.c \
	tests/parity/amounts.c \
	tests/parity/bind.c \
	tests/parity/connect.c \
	tests/parity/data.c \
	tests/parity/descriptors.c \
	tests/parity/epoll.c \
	tests/parity/gone.c \
	tests/parity/histories.c \
	tests/parity/libc.c \
	tests/parity/libc.h \
	tests/parity/main.c \
	tests/parity/memory.c \
	tests/parity/options.c \
	tests/parity/parity.h \
	tests/parity/pending.c \
	tests/parity/process.c \
	tests/parity/processes.c \
	tests/parity/taken.c \
	tests/parity/say.c \
	tests/parity/seccomp.c \
	tests/parity/several.c \
	tests/parity/signals.c \
	tests/parity/socket.c \
	tests/parity/twins.c \
	tests/parity/unix.c \
	tests/parity/waits.c \
	$(NULL)
tests_parity_parity_CFLAGS = $(AM_CFLAGS) -pthread
tests_parity_parity_LDADD = -lpthread

# A shared object that is never installed: -rpath makes libtool build one.
noinst_LTLIBRARIES += tests/parity/breaker.la
tests_parity_breaker_la_SOURCES = tests/parity/breaker.c
tests_parity_breaker_la_LDFLAGS = -module -avoid-version -shared -rpath /none

TESTS += tests/parity/run.sh
EXTRA_DIST += \
	tests/parity/both.sh \
	tests/parity/builds.sh \
	tests/parity/compare.sh \
	tests/parity/documented \
	tests/parity/run.sh \
	tests/parity/table.conf \
	$(NULL)
