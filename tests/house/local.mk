# SPDX-License-Identifier: MIT
check_PROGRAMS += tests/house/engine
tests_house_engine_SOURCES = tests/house/engine.c
tests_house_engine_CFLAGS = $(AM_CFLAGS) -pthread
tests_house_engine_LDADD = redirect/libredirect.la -lpthread

TESTS += tests/house/engine.sh tests/house/run.sh
EXTRA_DIST += \
	tests/house/engine.sh \
	tests/house/house.py \
	tests/house/run.sh \
	$(NULL)
