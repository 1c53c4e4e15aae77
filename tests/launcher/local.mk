# SPDX-License-Identifier: MIT
check_PROGRAMS += tests/launcher/at-secure tests/launcher/no-vsock

launcher_tests = \
	tests/launcher/completion.sh \
	tests/launcher/doctor.sh \
	tests/launcher/import.sh \
	tests/launcher/library.sh \
	tests/launcher/manual.sh \
	tests/launcher/moved.sh \
	tests/launcher/options.sh \
	tests/launcher/preload.sh \
	tests/launcher/privilege.sh \
	tests/launcher/reach.sh \
	tests/launcher/refusals.sh \
	tests/launcher/rules.sh \
	tests/launcher/status.sh \
	tests/launcher/wrong-rules.sh \
	$(NULL)

TESTS += $(launcher_tests)
EXTRA_DIST += \
	tests/launcher/lib.sh \
	$(launcher_tests) \
	$(NULL)
