# SPDX-License-Identifier: MIT
noinst_LTLIBRARIES += config/libconfig.la

# Hidden, so that the compiler may take a function into its callers.
config_libconfig_la_CFLAGS = $(AM_CFLAGS) -fvisibility=hidden
config_libconfig_la_SOURCES = \
	config/environment.c \
	config/format.c \
	config/hash.c \
	config/hash.h \
	config/host.c \
	config/host.h \
	config/index/index.c \
	config/index/index.h \
	config/index/lookup.c \
	config/index/names.c \
	config/index/peers.c \
	config/internal.h \
	config/lex.c \
	config/load.c \
	config/memory.c \
	config/message.c \
	config/number.c \
	config/option.c \
	config/parse.c \
	config/rule.c \
	config/rule.h \
	config/source.c \
	config/table.h \
	config/target.c \
	$(NULL)
