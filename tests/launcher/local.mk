# SPDX-License-Identifier: MIT
check_PROGRAMS += tests/launcher/at-secure tests/launcher/no-vsock

launcher_tests = \
	tests/launcher/completion.sh \
	tests/launcher/doctor.sh \
	tests/launcher/import-lines.sh \
	tests/launcher/import.sh \
	tests/launcher/library.sh \
	tests/launcher/manual.sh \
	tests/launcher/moved.sh \
	tests/launcher/options.sh \
	tests/launcher/past.sh \
	tests/launcher/preload.sh \
	tests/launcher/privilege.sh \
	tests/launcher/reach.sh \
	tests/launcher/refusals.sh \
	tests/launcher/rules.sh \
	tests/launcher/status.sh \
	tests/launcher/system-file.sh \
	tests/launcher/wrong-rules.sh \
	$(NULL)

TESTS += $(launcher_tests)
EXTRA_DIST += \
	tests/launcher/import/lines \
	tests/launcher/import/files/Dockerfile \
	tests/launcher/import/files/Dockerfile.rules \
	tests/launcher/import/files/compose.yaml \
	tests/launcher/import/files/compose.yaml.rules \
	tests/launcher/import/files/crontab \
	tests/launcher/import/files/crontab.rules \
	tests/launcher/import/files/inittab \
	tests/launcher/import/files/inittab.rules \
	tests/launcher/import/files/iptables-save \
	tests/launcher/import/files/iptables-save.rules \
	tests/launcher/import/files/proxychains.conf \
	tests/launcher/import/files/proxychains.conf.rules \
	tests/launcher/import/files/run.sh \
	tests/launcher/import/files/run.sh.rules \
	tests/launcher/import/files/supervisord.conf \
	tests/launcher/import/files/supervisord.conf.rules \
	tests/launcher/import/files/unclosed \
	tests/launcher/import/files/unclosed.rules \
	tests/launcher/import/files/units \
	tests/launcher/import/files/units.rules \
	tests/launcher/import/files/vsock-proxy.yaml \
	tests/launcher/import/files/vsock-proxy.yaml.rules \
	tests/launcher/lib.sh \
	$(launcher_tests) \
	$(NULL)
