# SPDX-License-Identifier: MIT

TESTS += tests/door/children.sh tests/door/names.sh tests/door/programs.sh
EXTRA_DIST += \
	tests/door/child.c \
	tests/door/children-inside.sh \
	tests/door/children.sh \
	tests/door/lookup.c \
	tests/door/names-inside.sh \
	tests/door/names.sh \
	tests/door/nameserver.py \
	tests/door/programs-inside.sh \
	tests/door/programs.sh \
	tests/door/web.go \
	$(NULL)
