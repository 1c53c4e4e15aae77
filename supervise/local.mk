# SPDX-License-Identifier: MIT

# The second door: supervise.h has the map of the folder. The launcher links it.
noinst_LTLIBRARIES += supervise/libsupervise.la
supervise_libsupervise_la_SOURCES = \
	supervise/answers.c \
	supervise/answers.h \
	supervise/answers_stream.c \
	supervise/answers_stream.h \
	supervise/dns.c \
	supervise/dns.h \
	supervise/filter.c \
	supervise/filter.h \
	supervise/heirs.c \
	supervise/heirs.h \
	supervise/keep_only.c \
	supervise/keep_only.h \
	supervise/known.c \
	supervise/known.h \
	supervise/libc_calls.c \
	supervise/libc_calls.h \
	supervise/listener.c \
	supervise/listener.h \
	supervise/notice.c \
	supervise/notice.h \
	supervise/others.c \
	supervise/others.h \
	supervise/parked.c \
	supervise/parked.h \
	supervise/place.c \
	supervise/place.h \
	supervise/private_net.c \
	supervise/private_net.h \
	supervise/put.c \
	supervise/put.h \
	supervise/resolver.c \
	supervise/resolver.h \
	supervise/seccomp.h \
	supervise/serve.c \
	supervise/serve.h \
	supervise/serve_accept.c \
	supervise/serve_data.c \
	supervise/serve_lookup.c \
	supervise/serve_message.c \
	supervise/serve_moved.c \
	supervise/serve_names.c \
	supervise/serve_numbers.c \
	supervise/serve_options.c \
	supervise/serve_socket.c \
	supervise/sets.c \
	supervise/sets.h \
	supervise/supervise.c \
	supervise/supervise.h \
	supervise/task.c \
	supervise/task.h \
	supervise/visit.c \
	supervise/visit.h \
	$(NULL)
supervise_libsupervise_la_CFLAGS = $(AM_CFLAGS) -pthread
supervise_libsupervise_la_LIBADD = \
	redirect/libredirect.la \
	-lpthread \
	$(RESOLV_LIBS) \
	$(NULL)
