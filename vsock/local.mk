# SPDX-License-Identifier: MIT

include_HEADERS += vsock/vsock.h
pkgconfig_DATA += vsock/vsock.pc

# The text of addresses alone: for what must not depend on libvsock.so.
noinst_LTLIBRARIES += vsock/libvsockaddr.la
vsock_libvsockaddr_la_SOURCES = \
	vsock/address.c \
	vsock/vsock.h \
	$(NULL)

# -version-info: a changed function is current+1, revision 0, age 0; an added
# one current+1, revision 0, age+1; neither is revision+1.
lib_LTLIBRARIES += vsock/libvsock.la
vsock_libvsock_la_SOURCES = \
	vsock/dial.c \
	vsock/listen.c \
	vsock/local.c \
	vsock/sockaddr.h \
	vsock/vm_sockets.h \
	vsock/vsock.h \
	$(NULL)
vsock_libvsock_la_LIBADD = vsock/libvsockaddr.la
vsock_libvsock_la_LDFLAGS = \
	-version-info 0:0:0 \
	-no-undefined \
	-Wl,-z,defs \
	-export-symbols $(srcdir)/vsock/libvsock.sym \
	$(NULL)
EXTRA_vsock_libvsock_la_DEPENDENCIES = vsock/libvsock.sym
EXTRA_DIST += vsock/libvsock.sym
