# SPDX-License-Identifier: MIT

# Other people's tests take many minutes: scripts/check --all runs them.
EXTRA_DIST += \
	tests/suites/cpython-known \
	tests/suites/cpython-one.py \
	tests/suites/cpython.sh \
	tests/suites/go-known \
	tests/suites/go-one.py \
	tests/suites/golang.sh \
	tests/suites/judge.py \
	tests/suites/watch.py \
	$(NULL)
