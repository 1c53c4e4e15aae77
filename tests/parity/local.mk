# SPDX-License-Identifier: MIT
check_PROGRAMS += tests/parity/parity
tests_parity_parity_SOURCES = \
	tests/parity/address.c \
	tests/parity/bind.c \
	tests/parity/connect.c \
	tests/parity/data.c \
	tests/parity/descriptors.c \
	tests/parity/main.c \
	tests/parity/options.c \
	tests/parity/parity.h \
	tests/parity/pending.c \
	tests/parity/process.c \
	tests/parity/say.c \
	tests/parity/seccomp.c \
	tests/parity/signals.c \
	tests/parity/socket.c \
	tests/parity/twins.c \
	$(NULL)
tests_parity_parity_CFLAGS = $(AM_CFLAGS) -pthread
