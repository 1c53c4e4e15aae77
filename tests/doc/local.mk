# SPDX-License-Identifier: MIT
# services.sh, which needs systemd, is for scripts/check --all.
TESTS += tests/doc/readme.sh tests/doc/security.sh tests/doc/snippets.sh
EXTRA_DIST += \
	tests/doc/readme-inside.sh \
	tests/doc/readme.sh \
	tests/doc/seccomp-new.json \
	tests/doc/seccomp-old.json \
	tests/doc/security.sh \
	tests/doc/services-inside.sh \
	tests/doc/services.sh \
	tests/doc/snippets.sh \
	$(NULL)
