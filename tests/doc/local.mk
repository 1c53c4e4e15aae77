# SPDX-License-Identifier: MIT
# containers.sh and services.sh need podman and systemd: for scripts/check --all.
TESTS += tests/doc/readme.sh tests/doc/security.sh tests/doc/snippets.sh
EXTRA_DIST += \
	tests/doc/containers-inside.sh \
	tests/doc/containers.sh \
	tests/doc/readme-inside.sh \
	tests/doc/readme.sh \
	tests/doc/seccomp-new.json \
	tests/doc/seccomp-old.json \
	tests/doc/security.sh \
	tests/doc/services-inside.sh \
	tests/doc/services.sh \
	tests/doc/snippets.sh \
	$(NULL)
