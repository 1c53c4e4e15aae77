# SPDX-License-Identifier: MIT

# The table's names as libc answers them, without the hooks: unit tests link it.
noinst_LTLIBRARIES += preload/libnames.la
preload_libnames_la_SOURCES = \
	preload/names/getaddrinfo.c \
	preload/names/gethostby.c \
	preload/names/getnameinfo.c \
	preload/names/idn.c \
	preload/names/idn.h \
	preload/names/libc.h \
	preload/names/resolve.h \
	preload/names/table_name.c \
	preload/names/table_name.h \
	$(NULL)

preload_libnames_la_CFLAGS = $(AM_CFLAGS) $(LIBRARY_CFLAGS)

pkglib_LTLIBRARIES += preload/libtcp2vsock.la
preload_libtcp2vsock_la_SOURCES = \
	preload/child.c \
	preload/child.h \
	preload/hooks.h \
	preload/hooks_data.c \
	preload/hooks_exec.c \
	preload/hooks_fd.c \
	preload/hooks_file.c \
	preload/hooks_libc.c \
	preload/hooks_load.c \
	preload/hooks_ready.c \
	preload/hooks_resolve.c \
	preload/hooks_signal.c \
	preload/hooks_socket.c \
	preload/hooks_syscall.c \
	preload/hooks_vfork.c \
	preload/main.c \
	preload/raw_call.c \
	preload/raw_call.h \
	preload/reached.c \
	preload/reached.h \
	preload/uring.c \
	preload/uring.h \
	$(NULL)
preload_libtcp2vsock_la_CFLAGS = $(AM_CFLAGS) $(LIBRARY_CFLAGS)
preload_libtcp2vsock_la_LIBADD = \
	preload/libnames.la \
	redirect/libredirect.la \
	$(NULL)
# A program may have functions of these names, too (Erlang's has a sigaction()
# that calls the next one): our own calls are to ours. Large tables have a larger
# alignment than single variables, which so get a page or two among themselves: a
# program that starts touches few.
preload_libtcp2vsock_la_LDFLAGS = \
	-module -avoid-version -no-undefined \
	-Wl,--version-script=$(top_srcdir)/preload/libtcp2vsock.map \
	-Wl,-Bsymbolic-functions \
	-Wl,--sort-section=alignment \
	-Wl,-z,now \
	-Wl,-z,defs \
	$(NULL)
preload_libtcp2vsock_la_DEPENDENCIES = \
	preload/libnames.la \
	preload/libtcp2vsock.map \
	redirect/libredirect.la \
	$(NULL)
EXTRA_DIST += preload/libtcp2vsock.map
