# SPDX-License-Identifier: MIT

# The engine: what a socket call means for a socket that a rule names. Doors
# and unit tests link it; it exports nothing to programs by itself.
noinst_LTLIBRARIES += redirect/libredirect.la
redirect_libredirect_la_SOURCES = \
	redirect/calls/accept.c \
	redirect/calls/accept.h \
	redirect/calls/attempt.c \
	redirect/calls/attempt.h \
	redirect/calls/bind.c \
	redirect/calls/bind.h \
	redirect/calls/connect.c \
	redirect/calls/connect.h \
	redirect/calls/data.c \
	redirect/calls/data.h \
	redirect/calls/ioctl.c \
	redirect/calls/ioctl.h \
	redirect/calls/listener.c \
	redirect/calls/listener.h \
	redirect/calls/options.c \
	redirect/calls/options.h \
	redirect/calls/ports.c \
	redirect/calls/ports.h \
	redirect/calls/receive.c \
	redirect/calls/receive.h \
	redirect/calls/request.c \
	redirect/calls/request.h \
	redirect/calls/send.c \
	redirect/calls/send.h \
	redirect/calls/shutdown.c \
	redirect/calls/shutdown.h \
	redirect/calls/sockname.c \
	redirect/calls/sockname.h \
	redirect/swap/carry.c \
	redirect/swap/carry.h \
	redirect/swap/epoll.c \
	redirect/swap/epoll.h \
	redirect/swap/facts.c \
	redirect/swap/facts.h \
	redirect/swap/make.c \
	redirect/swap/make.h \
	redirect/swap/swap.c \
	redirect/swap/swap.h \
	redirect/swap/undo.c \
	redirect/swap/undo.h \
	redirect/swap/window.c \
	redirect/swap/window.h \
	redirect/hybrid/hybrid.c \
	redirect/hybrid/hybrid.h \
	redirect/hybrid/hybrid_bind.c \
	redirect/hybrid/hybrid_names.c \
	redirect/state/address.c \
	redirect/state/address.h \
	redirect/state/hints.c \
	redirect/state/hints.h \
	redirect/state/listeners.c \
	redirect/state/listeners.h \
	redirect/state/remembered.c \
	redirect/state/remembered.h \
	redirect/state/shut_state.c \
	redirect/state/shut_state.h \
	redirect/state/table.c \
	redirect/state/table.h \
	redirect/state/tag.c \
	redirect/state/tag.h \
	redirect/report/line.c \
	redirect/report/line.h \
	redirect/report/log.c \
	redirect/report/log.h \
	redirect/report/probes.h \
	redirect/report/trace.c \
	redirect/report/trace.h \
	redirect/kernel/ask.c \
	redirect/kernel/ask.h \
	redirect/kernel/clock.h \
	redirect/kernel/descriptors.c \
	redirect/kernel/descriptors.h \
	redirect/kernel/diag.c \
	redirect/kernel/diag.h \
	redirect/kernel/errors.c \
	redirect/kernel/errors.h \
	redirect/kernel/real.c \
	redirect/kernel/real.h \
	redirect/kernel/sandbox.c \
	redirect/kernel/sandbox.h \
	redirect/kernel/usermem.c \
	redirect/kernel/usermem.h \
	redirect/kernel/vsock_call.c \
	redirect/kernel/vsock_call.h \
	redirect/kernel/wait.c \
	redirect/kernel/wait.h \
	$(NULL)
redirect_libredirect_la_LIBADD = \
	config/libconfig.la \
	vsock/libvsockaddr.la \
	$(NULL)
