# SPDX-License-Identifier: MIT
TESTS += tests/tarball.sh
EXTRA_DIST += \
	tests/README.md \
	tests/analysers-known \
	tests/analysers.sh \
	tests/bundle/containers-inside.sh \
	tests/bundle/debian11-inside.sh \
	tests/bundle/differs-on-5.10 \
	tests/bundle/fetch.c \
	tests/bundle/fetch.go \
	tests/bundle/libcs-inside.sh \
	tests/bundle/machine-inside.sh \
	tests/bundle/pod.py \
	tests/bundle/rooted.sh \
	tests/bundle/run.sh \
	tests/bundle/runs.c \
	tests/bundle/serve.py \
	tests/bundle/since-4.14 \
	tests/coverage.sh \
	tests/expect.sh \
	tests/machines.sh \
	tests/musl.sh \
	tests/packaging/debian.sh \
	tests/packaging/rpm.sh \
	tests/root.sh \
	tests/sanitizers.sh \
	tests/tarball.sh \
	$(NULL)
