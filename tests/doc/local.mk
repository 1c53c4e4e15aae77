# SPDX-License-Identifier: MIT
TESTS += tests/doc/security.sh tests/doc/snippets.sh
EXTRA_DIST += \
	tests/doc/seccomp-new.json \
	tests/doc/seccomp-old.json \
	tests/doc/security.sh \
	tests/doc/snippets.sh \
	$(NULL)
