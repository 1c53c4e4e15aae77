# SPDX-License-Identifier: MIT

if HAVE_CRITERION
check_PROGRAMS += tests/unit/test_vsock
TESTS += tests/unit/test_vsock
endif
tests_unit_test_vsock_SOURCES = tests/unit/test_vsock.c
tests_unit_test_vsock_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_vsock_LDADD = vsock/libvsock.la $(CRITERION_LIBS)
tests_unit_test_vsock_LDFLAGS = -no-install
