#!/bin/sh
# SPDX-License-Identifier: MIT
#
# doc/containers.md's first command and table as they stand, under podman in the
# test kernel: with the profile that the engine has, with one that forbids
# AF_VSOCK as newer engines' do, and with that one edited as the page says.
: "${srcdir:=$(dirname "$0")/../..}"
srcdir=$(cd "$srcdir" && pwd) || exit 99
postgres=$(ls /usr/lib/postgresql/*/bin/postgres 2>/dev/null | tail -n 1)
profile=/usr/share/containers/seccomp.json

skip() {
	echo "skipped: $1"
	[ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ] && exit 1
	exit 77
}

for file in /usr/bin/podman /usr/bin/crun /usr/bin/jq /usr/bin/psql $profile \
	"${postgres:-/usr/bin/postgres}"; do
	[ -e "$file" ] || skip "no $file: scripts/install-packages extra"
done
tmp=$(mktemp -d "${TMPDIR:-/tmp}/tcp2vsock-containers.XXXXXX") || exit 99
trap 'rm -rf "$tmp"' EXIT
chmod 755 "$tmp"
make -s install prefix=/opt/tcp2vsock DESTDIR="$tmp" >"$tmp/log" 2>&1 \
	</dev/null || {
	tail "$tmp/log"
	exit 99
}
mkdir "$tmp/etc" "$tmp/db"
"$srcdir/tests/names/cluster.sh" "$tmp/db" || exit 99

page=$srcdir/doc/containers.md
awk '$0 == "```rules" { inside = 1; next }
	/^```/ && inside { exit }
	inside' "$page" | sed 's/vsock:host/vsock:local/' >"$tmp/etc/app.conf"
edit=$(sed -n "s/^    \\\$ jq '\(.*\)' default.json >.*/\1/p" "$page")
cp $profile "$tmp/etc/engine.json"
jq '.syscalls |= map(select(.names != ["socket"])) |
	.syscalls += [{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args":
		[{"index": 0, "value": 40, "op": "SCMP_CMP_NE"}]}]' $profile \
	>"$tmp/etc/newer.json" &&
	jq "$edit" "$tmp/etc/newer.json" >"$tmp/etc/edited.json" || exit 99
sed -e ':more' -e '/\\$/{N;s/ *\\\n */ /;b more' -e '}' "$page" |
	sed -n 's/^    # \(docker run .*\)/\1/p' >"$tmp/command"
[ "$(wc -l <"$tmp/command")" = 1 ] || exit 99
"$srcdir/tests/rig/run" --kernel --timeout 600 \
	"$srcdir/tests/doc/containers-inside.sh" "$tmp" "$postgres"
