# SPDX-License-Identifier: MIT

if HAVE_CRITERION
check_PROGRAMS += tests/unit/test_vsock tests/unit/test_vsock_dial
TESTS += tests/unit/test_vsock tests/unit/test_vsock_dial
endif
tests_unit_test_vsock_SOURCES = tests/unit/test_vsock.c
tests_unit_test_vsock_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_vsock_LDADD = vsock/libvsock.la $(CRITERION_LIBS)
tests_unit_test_vsock_LDFLAGS = -no-install

# It includes dial.c, and replaces the calls that are made there.
tests_unit_test_vsock_dial_SOURCES = tests/unit/test_vsock_dial.c
tests_unit_test_vsock_dial_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_vsock_dial_LDADD = $(CRITERION_LIBS)
