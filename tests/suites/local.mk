# SPDX-License-Identifier: MIT

# Other people's tests take many minutes: scripts/check --all runs them.
EXTRA_DIST += \
	tests/suites/cpython-judge.py \
	tests/suites/cpython-known \
	tests/suites/cpython-one.py \
	tests/suites/cpython-watch.py \
	tests/suites/cpython.sh \
	$(NULL)
