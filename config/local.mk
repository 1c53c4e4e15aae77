# SPDX-License-Identifier: MIT
noinst_LTLIBRARIES += config/libconfig.la

# Hidden, so that the compiler may take a function into its callers.
config_libconfig_la_CFLAGS = $(AM_CFLAGS) -fvisibility=hidden
config_libconfig_la_SOURCES = \
	config/entry.c \
	config/environment.c \
	config/format.c \
	config/hash.c \
	config/hash.h \
	config/host.c \
	config/host.h \
	config/index.c \
	config/internal.h \
	config/lex.c \
	config/load.c \
	config/lookup.c \
	config/memory.c \
	config/message.c \
	config/names.c \
	config/number.c \
	config/option.c \
	config/parse.c \
	config/peers.c \
	config/rule.c \
	config/singles.c \
	config/singles.h \
	config/source.c \
	config/table.h \
	config/target.c \
	$(NULL)
