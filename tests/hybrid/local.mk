# SPDX-License-Identifier: MIT

check_PROGRAMS += tests/hybrid/waiting
tests_hybrid_waiting_SOURCES = tests/hybrid/waiting.c
tests_hybrid_waiting_CFLAGS = $(AM_CFLAGS) -pthread
tests_hybrid_waiting_LDADD = -lpthread

# Hybrid vsock is Unix sockets: no test kernel is needed, but for the guide.
# parity.sh, the whole parity program once more, and guide.sh, which needs
# PostgreSQL, are for scripts/check --all.
TESTS += \
	tests/hybrid/run.sh \
	tests/hybrid/unix.sh \
	tests/hybrid/faults.sh \
	$(NULL)
EXTRA_DIST += \
	tests/hybrid/client.py \
	tests/hybrid/documented \
	tests/hybrid/documented-hvsock \
	tests/hybrid/faults.sh \
	tests/hybrid/guide.sh \
	tests/hybrid/krun.py \
	tests/hybrid/lib.sh \
	tests/hybrid/monitor.py \
	tests/hybrid/parity.sh \
	tests/hybrid/relay.py \
	tests/hybrid/run.sh \
	tests/hybrid/unix.sh \
	tests/hybrid/table-hvsock.conf \
	tests/hybrid/table-unix.conf \
	$(NULL)
