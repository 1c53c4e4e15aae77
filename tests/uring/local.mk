# SPDX-License-Identifier: MIT

check_PROGRAMS += tests/uring/setup
tests_uring_setup_SOURCES = tests/uring/setup.c
TESTS += tests/uring/run.sh
EXTRA_DIST += tests/uring/run.sh
