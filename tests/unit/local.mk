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

EXTRA_DIST += tests/unit/wrong-rules.txt

if HAVE_CRITERION
check_PROGRAMS += tests/unit/test_config
TESTS += tests/unit/test_config
endif

tests_unit_test_config_SOURCES = \
	tests/unit/config_errors.c \
	tests/unit/config_grammar.c \
	tests/unit/config_lookup.c \
	tests/unit/config_random.c \
	tests/unit/config_source.c \
	tests/unit/config_support.c \
	tests/unit/config_support.h \
	$(NULL)
tests_unit_test_config_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_config_LDADD = config/libconfig.la $(CRITERION_LIBS)

if HAVE_CRITERION
check_PROGRAMS += tests/unit/test_preload
TESTS += tests/unit/test_preload
endif

# The logic without the hooks, which Criterion's own sockets would go through.
tests_unit_test_preload_SOURCES = \
	tests/unit/fake.c \
	tests/unit/fake.h \
	tests/unit/preload_calls.c \
	tests/unit/preload_faults.c \
	tests/unit/preload_kernel.c \
	tests/unit/preload_logic.c \
	$(NULL)
tests_unit_test_preload_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS) -pthread
tests_unit_test_preload_LDADD = \
	preload/libnames.la \
	redirect/libredirect.la \
	$(CRITERION_LIBS) \
	-lpthread \
	$(NULL)

check_PROGRAMS += tests/unit/config_memory
TESTS += tests/unit/config_memory
tests_unit_config_memory_SOURCES = tests/unit/config_memory.c
tests_unit_config_memory_LDADD = config/libconfig.la
tests_unit_config_memory_LDFLAGS = \
	-Wl,--wrap=malloc \
	-Wl,--wrap=calloc \
	-Wl,--wrap=realloc \
	-Wl,--wrap=posix_memalign \
	$(NULL)

if HAVE_CRITERION
check_PROGRAMS += tests/unit/test_doctor
TESTS += tests/unit/test_doctor
endif

tests_unit_test_doctor_SOURCES = \
	$(doctor_sources) \
	launcher/absolute.c \
	launcher/program/elffile.c \
	launcher/library.c \
	launcher/library_place.c \
	launcher/program/reach.c \
	tests/unit/doctor_files.c \
	tests/unit/doctor_judge.c \
	tests/unit/doctor_report.c \
	tests/unit/doctor_support.c \
	tests/unit/doctor_support.h \
	$(NULL)
tests_unit_test_doctor_CPPFLAGS = $(launcher_tcp2vsock_CPPFLAGS)
tests_unit_test_doctor_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_doctor_LDADD = \
	supervise/libsupervise.la \
	config/libconfig.la \
	$(CRITERION_LIBS)
