# SPDX-License-Identifier: MIT
check_PROGRAMS += tests/soak/soak
tests_soak_soak_SOURCES = \
	tests/soak/calls.c \
	tests/soak/chaos.c \
	tests/soak/children.c \
	tests/soak/clients.c \
	tests/soak/leftovers.c \
	tests/soak/main.c \
	tests/soak/server.c \
	tests/soak/soak.h \
	tests/soak/transfer.c \
	tests/soak/worker.c \
	$(NULL)
tests_soak_soak_CFLAGS = $(AM_CFLAGS) -pthread
tests_soak_soak_LDADD = -lpthread

TESTS += tests/soak/run
EXTRA_DIST += \
	tests/soak/inside.sh \
	tests/soak/run \
	$(NULL)
