# SPDX-License-Identifier: MIT

# Minutes long, in machines of their own: scripts/check --all runs them.
EXTRA_DIST += \
	tests/guest/agent.py \
	tests/guest/documented \
	tests/guest/documented.parity \
	tests/guest/fetch \
	tests/guest/lib.sh \
	tests/guest/mirror.py \
	tests/guest/parity.sh \
	tests/guest/programs.sh \
	tests/guest/talk.py \
	tests/guest/talk.sh \
	tests/guest/window.sh \
	$(NULL)
