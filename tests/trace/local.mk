# SPDX-License-Identifier: MIT
TESTS += tests/trace/probes.sh tests/trace/run.sh
EXTRA_DIST += \
	tests/trace/calls.py \
	tests/trace/expected \
	tests/trace/inside.sh \
	tests/trace/probes.sh \
	tests/trace/run.sh \
	tests/trace/log \
	tests/trace/stray.py \
	tests/trace/tell.py \
	$(NULL)
