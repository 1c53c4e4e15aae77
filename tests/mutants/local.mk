# SPDX-License-Identifier: MIT
TESTS += tests/mutants/put.sh
EXTRA_DIST += tests/mutants/list tests/mutants/put.sh tests/mutants/run.sh

# What the tests notice of the faults that somebody thought of.
.PHONY: mutants
mutants:
	$(MAKE) check TESTS=
	$(srcdir)/tests/mutants/run.sh
