# SPDX-License-Identifier: MIT

# -no-install: programs, not libtool's scripts around them.
check_PROGRAMS += \
	tests/vsock/ends \
	tests/vsock/interop \
	tests/vsock/selftest \
	$(NULL)

tests_vsock_ends_SOURCES = tests/vsock/ends.c tests/must.h

tests_vsock_interop_SOURCES = tests/vsock/interop.c
tests_vsock_interop_LDADD = vsock/libvsock.la
tests_vsock_interop_LDFLAGS = -no-install

tests_vsock_selftest_SOURCES = tests/vsock/selftest.c
tests_vsock_selftest_CFLAGS = $(AM_CFLAGS) -pthread
tests_vsock_selftest_LDADD = vsock/libvsock.la
tests_vsock_selftest_LDFLAGS = -no-install

# interop.sh, which needs Go, is for scripts/check --all.
TESTS += \
	tests/vsock/cxx.sh \
	tests/vsock/ends.sh \
	tests/vsock/selftest.sh \
	tests/vsock/symbols.sh \
	$(NULL)

EXTRA_DIST += \
	tests/vsock/converse.sh \
	tests/vsock/cxx.cc \
	tests/vsock/cxx.sh \
	tests/vsock/ends.sh \
	tests/vsock/installed.c \
	tests/vsock/installed.sh \
	tests/vsock/interop.go \
	tests/vsock/interop.sh \
	tests/vsock/selftest.sh \
	tests/vsock/symbols.sh \
	$(NULL)

CLEANFILES += tests/vsock/interop-go
clean-local: clean-gocache
clean-gocache:
	rm -rf tests/vsock/gocache

# What is installed is found by pkg-config, compiled against and linked.
installcheck-local: installcheck-vsock
installcheck-vsock:
	CC='$(CC)' PKG_CONFIG='$(PKG_CONFIG)' DESTDIR='$(DESTDIR)' \
	pkgconfigdir='$(pkgconfigdir)' libdir='$(libdir)' \
		$(srcdir)/tests/vsock/installed.sh $(srcdir)/tests/vsock/installed.c
.PHONY: clean-gocache installcheck-vsock
