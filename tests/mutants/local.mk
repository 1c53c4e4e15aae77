# SPDX-License-Identifier: MIT
EXTRA_DIST += tests/mutants/list tests/mutants/run.sh

# What the tests notice of the faults that somebody thought of.
.PHONY: mutants
mutants:
	$(srcdir)/tests/mutants/run.sh
