# SPDX-License-Identifier: MIT

# Hybrid vsock is Unix sockets: no test kernel is needed.
TESTS += \
	tests/hybrid/parity.sh \
	tests/hybrid/run.sh \
	$(NULL)
EXTRA_DIST += \
	tests/hybrid/client.py \
	tests/hybrid/documented \
	tests/hybrid/lib.sh \
	tests/hybrid/monitor.py \
	tests/hybrid/parity.sh \
	tests/hybrid/run.sh \
	tests/hybrid/table.conf \
	$(NULL)
