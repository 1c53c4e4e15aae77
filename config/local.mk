# SPDX-License-Identifier: MIT
noinst_LTLIBRARIES += config/libconfig.la

# Hidden, so that the compiler may take a function into its callers.
config_libconfig_la_CFLAGS = $(AM_CFLAGS) $(LIBRARY_CFLAGS)
config_libconfig_la_SOURCES = \
	config/digits.h \
	config/fold.c \
	config/fold.h \
	config/format.c \
	config/hash.c \
	config/hash.h \
	config/host.c \
	config/host.h \
	config/hostname.c \
	config/hostname.h \
	config/index/index.c \
	config/index/index.h \
	config/index/lookup.c \
	config/index/names.c \
	config/index/names.h \
	config/index/peers.c \
	config/index/peers.h \
	config/index/rule.c \
	config/index/unix.c \
	config/loader.h \
	config/message.c \
	config/read/endpoint.c \
	config/read/load.c \
	config/read/number.c \
	config/read/option.c \
	config/read/parse.c \
	config/read/read.h \
	config/read/source.c \
	config/read/target.c \
	config/read/unixpath.c \
	config/read/variables.c \
	config/report.c \
	config/rule.h \
	config/rule_table.h \
	config/storage.c \
	config/table.h \
	config/unixname.c \
	config/word.c \
	config/word.h \
	$(NULL)
