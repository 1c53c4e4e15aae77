# SPDX-License-Identifier: MIT
check_PROGRAMS += tests/enemy/enemy tests/enemy/frozen
tests_enemy_frozen_SOURCES = tests/enemy/frozen.c
tests_enemy_enemy_SOURCES = \
	tests/enemy/enemy.c \
	tests/enemy/ring.c \
	tests/enemy/ring.h \
	$(NULL)
tests_enemy_enemy_CFLAGS = $(AM_CFLAGS) -pthread
tests_enemy_enemy_LDADD = -lpthread -ldl

TESTS += tests/enemy/run.sh
EXTRA_DIST += \
	tests/enemy/hybrid.sh \
	tests/enemy/inside.sh \
	tests/enemy/run.sh \
	$(NULL)
