# SPDX-License-Identifier: MIT
check_PROGRAMS += tests/faults/faults
tests_faults_faults_SOURCES = tests/faults/faults.c

# Minutes long: scripts/check --all runs it.
EXTRA_DIST += \
	tests/faults/inside.sh \
	tests/faults/run.sh \
	$(NULL)
