# SPDX-License-Identifier: MIT

# Minutes long, in machines of their own: scripts/check --all runs them.
EXTRA_DIST += \
	tests/guest/agent.py \
	tests/guest/documented \
	tests/guest/fetch \
	tests/guest/lib.sh \
	tests/guest/programs.sh \
	tests/guest/talk.py \
	tests/guest/talk.sh \
	$(NULL)
