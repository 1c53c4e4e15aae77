# SPDX-License-Identifier: MIT

# The logic, without the hooks: what the unit tests link.
noinst_LTLIBRARIES += preload/liblogic.la
preload_liblogic_la_SOURCES = \
	preload/accept.c preload/accept.h \
	preload/ask.c preload/ask.h \
	preload/attempt.c preload/attempt.h \
	preload/bind.c preload/bind.h \
	preload/call.c preload/call.h \
	preload/carry.c preload/carry.h \
	preload/clock.h \
	preload/connect.c preload/connect.h \
	preload/data.c preload/data.h \
	preload/descriptors.c preload/descriptors.h \
	preload/epoll.c preload/epoll.h \
	preload/errors.c preload/errors.h \
	preload/hints.c preload/hints.h \
	preload/hybrid.c preload/hybrid.h preload/hybrid_bind.c \
	preload/hybrid_names.c \
	preload/idn.c preload/idn.h \
	preload/listeners.c preload/listeners.h \
	preload/libc.h \
	preload/line.c preload/line.h \
	preload/log.c preload/log.h \
	preload/memory.c preload/memory.h \
	preload/names.c preload/names.h \
	preload/options.c preload/options.h \
	preload/ports.c preload/ports.h \
	preload/probes.h \
	preload/queue.c preload/queue.h \
	preload/quiet.c preload/quiet.h \
	preload/real.c preload/real.h \
	preload/redirect.c preload/redirect.h \
	preload/resolve.c preload/resolve.h \
	preload/restart.c preload/restart.h \
	preload/sandbox.c preload/sandbox.h \
	preload/show.c preload/show.h \
	preload/shut.c preload/shut.h \
	preload/table.c preload/table.h \
	preload/tag.c preload/tag.h \
	preload/trace.c preload/trace.h \
	preload/uring.c preload/uring.h \
	preload/usermem.c preload/usermem.h \
	preload/vm.c preload/vm.h \
	preload/window.c preload/window.h \
	$(NULL)
preload_liblogic_la_LIBADD = \
	config/libconfig.la \
	vsock/libvsockaddr.la \
	$(NULL)

pkglib_LTLIBRARIES += preload/libtcp2vsock.la
preload_libtcp2vsock_la_SOURCES = \
	preload/hooks.h \
	preload/hooks_data.c \
	preload/hooks_fd.c \
	preload/hooks_resolve.c \
	preload/hooks_signal.c \
	preload/hooks_socket.c \
	preload/hooks_syscall.c \
	preload/main.c \
	$(NULL)
preload_libtcp2vsock_la_CFLAGS = $(AM_CFLAGS) -fvisibility=hidden
preload_libtcp2vsock_la_LIBADD = preload/liblogic.la
# A program may have functions of these names, too (Erlang's has a sigaction()
# that calls the next one): our own calls are to ours.
preload_libtcp2vsock_la_LDFLAGS = \
	-module -avoid-version -no-undefined \
	-Wl,--version-script=$(top_srcdir)/preload/libtcp2vsock.map \
	-Wl,-Bsymbolic-functions \
	-Wl,-z,now \
	$(NULL)
preload_libtcp2vsock_la_DEPENDENCIES = \
	preload/liblogic.la \
	preload/libtcp2vsock.map \
	$(NULL)
EXTRA_DIST += preload/libtcp2vsock.map
