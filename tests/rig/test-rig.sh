#!/bin/sh
# SPDX-License-Identifier: MIT
# The test kernel as a tool: what goes in, what comes out, what stays behind.
: "${srcdir:=$(dirname "$0")/../..}"
srcdir=$(cd "$srcdir" && pwd)
rig=$srcdir/tests/rig/run
checks=0
failures=0

"$rig" --kernel true || exit
tmp=$(mktemp -d "${TMPDIR:-/tmp}/test rig.XXXXXX") || exit 99
trap 'rm -rf "$tmp"' EXIT
chmod 755 "$tmp"
cd "$tmp" || exit 99

# expect WHAT WANTED GOT
expect() {
	checks=$((checks + 1))
	if [ "$2" = "$3" ]; then
		echo "ok: $1"
	else
		failures=$((failures + 1))
		printf 'FAIL: %s\n  wanted: %s\n  got:    %s\n' "$1" "$2" "$3"
	fi
}

# inside [OPTION]... COMMAND...: sets $status, leaves out and err.
inside() {
	"$rig" --kernel "$@" >out 2>err
	status=$?
}

# The command says where on the host the kernel has its files; when it is
# over neither they nor a process that names them may be there.
say_state='sed "s/.*rig_state=\([^ ]*\).*/\1/" /proc/cmdline'

left() {
	state=$(head -n 1 out)
	[ -n "$state" ] || { echo "no state" && return; }
	ls -d "$state" 2>/dev/null
	grep -las "$state" /proc/[0-9]*/cmdline
}

cat >words.sh <<'END'
printf '<%s>' "$@" "$FRUIT" "$(cat)"
pwd
echo complaint >&2
exit 7
END
echo from a file >input
FRUIT='a "fig" \0
and $more'
export FRUIT
inside --stdin input sh ./words.sh "it's" '' 'two  words' '\n$x'
expect "the command's status" 7 $status
expect "standard error, and no word of the kernel's" complaint "$(cat err)"
expect "arguments, environment, input, directory" "$(sh ./words.sh "it's" '' \
	'two  words' '\n$x' <input 2>/dev/null)" "$(cat out)"

MAKEFLAGS='TESTS=one
two' MFLAGS=-j TMPDIR=/tmp inside sh -c \
	'echo "${MAKEFLAGS-none} ${MFLAGS-none} ${TMPDIR-none}"; exit 3'
expect "not make's variables, whatever is in them" "3 none none none" \
	"$status $(cat out)"
expect "... and no word of it" "" "$(cat err)"

inside sh -c 'kill -SEGV $$'
expect "a signal's status" 139 $status

inside sh -c 'seq 1 1000000; ls -l /dev/fd/0; test -t 1 || echo no terminal'
expect "a long output is whole" "$(seq 1 1000000 | cksum)" \
	"$(head -n 1000000 out | cksum)"
expect "no input, no terminal" "/dev/null no terminal" \
	"$(tail -n 2 out | sed 's/.* //;s/^terminal/no terminal/' |
		paste -sd ' ')"

inside perl -MSocket -e 'socket(my $s, 40, SOCK_STREAM, 0) or die;
	bind($s, pack("SSLLx4", 40, 0, 0xffffffff, 1)) or die "$!\n";'
expect "a vsock loopback" 0 $status
inside sh -c 'ls /sys/class/net; ulimit -n; hostname
	echo >"$RIG_TMP/file" && head -c 4 /dev/urandom | wc -c'
expect "only lo, many descriptors, a name, scratch, randomness" \
	"lo 16384 rig 4" "$(paste -sd ' ' out)"

inside --user nobody sh -c 'id -un; echo >"$RIG_TMP/file" && echo mine'
expect "as another user" "nobody mine" "$(paste -sd ' ' out)"

echo named >seen
other=$(mktemp -d /tmp/not-named.XXXXXX) || exit 99
inside sh -c 'cat "$1/seen"; ls -d /tmp/not-named.* || echo hidden' sh "$tmp"
rmdir "$other"
expect "/tmp has what the command names, and no more" "named hidden" \
	"$(paste -sd ' ' out)"

inside --timeout 8 sh -c "$say_state; echo started; exec sleep 98765"
expect "a time limit" 124 $status
expect "... that says so" 1 "$(grep -c '^rig: time limit of 8 s' err)"
expect "... keeps the output" started "$(tail -n 1 out)"
expect "... and leaves nothing behind" "" "$(left)"

inside sh -c "$say_state; sleep 98765 & echo left something running"
expect "what the command leaves running ends with it" 0 $status
expect "... and nothing is left behind" "" "$(left)"

: >out
"$rig" --kernel sh -c "$say_state; exec sleep 98765" >out 2>err &
runner=$!
until [ -s out ] || ! kill -0 $runner 2>/dev/null; do
	sleep 0.1
done
expect "its files and processes can be seen" yes "$([ -n "$(left)" ] && echo yes)"
kill -TERM $runner
wait $runner
expect "a signal ends it" 143 $?
expect "... and leaves nothing behind" "" "$(left)"

for number in 1 2 3; do
	"$rig" --kernel sh -c "hostname; echo $number >out$number; exit $number" \
		>/dev/null 2>&1 &
	pids="${pids:-} $!"
done
set -- $pids
wait $1; one=$?
wait $2; two=$?
wait $3; three=$?
expect "three at once" "1 2 3 1 2 3" "$one $two $three $(cat out[123] |
	paste -sd ' ')"

if [ "$(id -u)" = 0 ]; then
	cp -r "$srcdir/tests/rig" rig && chmod -R a+rX rig
	: >his && chown nobody:"$(id -g nobody)" his
	setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups \
		./rig/run --kernel sh -c 'id -u; touch /etc/from-the-rig; echo $?
			stat -c "%u %g" his' >out 2>/dev/null
	expect "started by an ordinary user: root inside, with his rights" \
		"0 1 0 0" "$(paste -sd ' ' out)"
fi

# Inside there is a loopback, so a rig in the rig runs its command right there.
cat >native.sh <<'END'
"$1" --where
"$1" --user nobody sh -c 'id -un; touch "$RIG_TMP/file"; exit 5'
echo $?
"$1" --timeout 1 sleep 98765
echo $?
"$1" --stdin input sh -c 'cat; pwd; echo "$RIG_TMP" >scratch; kill -SEGV $$'
echo $?
ls -d "$(cat scratch)" 2>/dev/null || echo gone
END
inside sh ./native.sh "$rig"
expect "where there is a loopback, the same without a kernel" \
	"native nobody 5 124 from a file $tmp 139 gone" "$(paste -sd ' ' out)"

# Where there is no test kernel: a PATH of everything else it takes.
mkdir bin
for tool in dirname cat sed perl numfmt; do
	ln -s "$(command -v $tool)" bin/$tool
done
(PATH=$PWD/bin TCP2VSOCK_TESTS_MUST_RUN=0 "$rig" --kernel true) 2>err
expect "no kernel: skipped" 77 $?
expect "... with the remedy" 1 \
	"$(grep -c 'apt-get install user-mode-linux busybox-static' err)"
(PATH=$PWD/bin TCP2VSOCK_TESTS_MUST_RUN=1 "$rig" --kernel true) 2>err
expect "... or failed, where nothing may be skipped" 1 $?

echo "$checks checks, $failures failures"
[ $checks -gt 0 ] && [ $failures = 0 ]
