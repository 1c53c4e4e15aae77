#!/bin/sh
# SPDX-License-Identifier: MIT
# The test kernel with two processors: the contract of tests/rig/README.md.
: "${srcdir:=$(dirname "$0")/../..}"
srcdir=$(cd "$srcdir" && pwd)
rig=$srcdir/tests/rig/run
passed=0 failed=0

tmp=$(mktemp -d "${TMPDIR:-/tmp}/test rig.XXXXXX") || exit 99
trap 'rm -rf "$tmp"' EXIT
chmod 755 "$tmp"
cd "$tmp" || exit 99
"$rig" --qemu true || exit

# expect WHAT WANTED GOT
expect() {
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAIL: %s\n  wanted: %s\n  got:    %s\n' "$1" "$2" "$3"
	fi
}

inside() {
	"$rig" --qemu --timeout 600 "$@" >out 2>err
	status=$?
}

say_state='sed "s/.*rig_state=\([^ ]*\).*/\1/" /proc/cmdline'

left() {
	state=$(head -n 1 out)
	[ -n "$state" ] || { echo "no state" && return; }
	ls -d "$state" 2>/dev/null
	grep -las "$state" /proc/[0-9]*/cmdline
}

echo from a file >input
cat >words.sh <<'END_OF_JOB'
printf '<%s>' "$@" "$(cat)"
pwd
seq 1 200000
echo complaint >&2
exit 7
END_OF_JOB
inside --stdin input sh ./words.sh "it's" '' '\n$x'
expect "the command's status" 7 $status
expect "standard error, and no word of the kernel's" complaint "$(cat err)"
expect "arguments, input, directory, a long output" \
	"$(sh ./words.sh "it's" '' '\n$x' <input 2>/dev/null | cksum)" \
	"$(cksum <out)"

inside sh -c 'nproc; ls /sys/class/net; ls /sys/bus/virtio/drivers
	ls -d /tmp/rig.* | wc -l'
expect "two processors, only lo, the file system's device, a /tmp of its own" \
	"2 lo virtiofs 0" "$(paste -sd ' ' out)"

inside perl -MSocket -e 'socket(my $s, 40, SOCK_STREAM, 0) or die;
	bind($s, pack("SSLLx4", 40, 0, 0xffffffff, 1)) or die "$!\n";
	kill "SEGV", $$; sleep 10;'
expect "a vsock loopback; a signal's status" 139 $status

inside --user nobody sh -c 'id -un; echo >"$RIG_TMP/file" && echo mine'
expect "as another user" "nobody mine" "$(paste -sd ' ' out)"

: >out
"$rig" --qemu sh -c "$say_state; exec sleep 98765" >out 2>err &
runner=$!
until [ -s out ] || ! kill -0 $runner 2>/dev/null; do
	sleep 0.1
done
expect "its files and processes can be seen" yes \
	"$([ -n "$(left)" ] && echo yes)"
kill -TERM $runner
wait $runner
expect "a signal ends it" 143 $?
expect "... and leaves nothing behind" "" "$(left)"

inside --timeout 1 sleep 98765
expect "a time limit" 124 $status

(TCP2VSOCK_TESTS_MUST_RUN=0 "$rig" --qemu --image boot/vmlinuz-none true) \
	2>err
expect "no such kernel: skipped" 77 $?
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
