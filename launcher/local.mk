# SPDX-License-Identifier: MIT
bin_PROGRAMS += launcher/tcp2vsock

launcher_tcp2vsock_SOURCES = \
	launcher/elffile.c \
	launcher/elffile.h \
	launcher/explain.c \
	launcher/explain.h \
	launcher/library.c \
	launcher/library.h \
	launcher/main.c \
	launcher/options.c \
	launcher/options.h \
	launcher/privilege.c \
	launcher/privilege.h \
	launcher/program.c \
	launcher/program.h \
	launcher/rules.c \
	launcher/rules.h \
	$(NULL)
launcher_tcp2vsock_CPPFLAGS = $(AM_CPPFLAGS) \
	-DPKGLIBDIR='"$(pkglibdir)"'
launcher_tcp2vsock_LDADD = config/libconfig.la
