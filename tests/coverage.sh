#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Which lines of the product are run by the unit tests, the launcher's and the
# parity suite: builds with gcov in build/coverage, and prints a row for each
# file. What a process that is killed has run is lost.
#
#   coverage.sh [TEST...]      other tests than these
set -eu
cd "$(dirname "$0")/.."
top=$PWD
[ -x configure ] || ./autogen.sh
mkdir -p build/coverage
cd build/coverage
[ -e Makefile ] || "$top/configure" -q CFLAGS='-O0 -g --coverage' \
	LDFLAGS=--coverage
make -s -j2
make -s -j2 check TESTS= >/dev/null
find . -name '*.gcda' -delete
if [ $# = 0 ]; then
	# shellcheck disable=SC2046
	set -- $(make -s --eval 'all-tests:; @echo $(TESTS)' all-tests |
		tr ' ' '\n' | grep -E '^tests/(unit|launcher)/') tests/parity/run.sh
fi
make check TESTS="$*" >check.log 2>&1 || echo "some failed: $PWD/check.log"
find . -name '*.gcda' ! -path './tests/*' -exec gcov -n {} + 2>/dev/null |
	awk -v top="$top/" '
		/^File / { gsub("\047", "", $2); sub(top, "", $2); file = $2 }
		/^Lines executed:/ && file ~ /^(config|vsock|redirect|preload|supervise|launcher)\// {
			split($0, part, /[:% ]+/)
			lines = part[5]; ran = part[3] * lines / 100
			all += lines; done += ran
			printf "%5.1f %% of %4d  %s\n", part[3], lines, file
		}
		{ if (/^Lines/) file = "" }
		END { if (all) printf "%5.1f %% of %4d  all\n", 100 * done / all, all }' |
	sort -k5
