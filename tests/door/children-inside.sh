#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Inside the test kernel. busybox, linked statically, is the child: a library
# would not reach it, and TCP has nobody who answers.
#
#   children-inside.sh CHILD
set -u
child=$1
. "${0%/*}/expect-inside.sh"
cd "$RIG_TMP" || exit 1
wget=$(command -v busybox)
page=http://10.0.0.5/page
export TCP2VSOCK_MAP="connect 10.0.0.5:80 = vsock:local:8080
listen *:8080 = vsock:any:8080"

echo "over vsock" >page
tcp2vsock -- python3 -m http.server 8080 >/dev/null 2>&1 &
server=$!
until ss -Hl --vsock | grep -q ':8080 '; do
	kill -0 $server || exit 1
	sleep 0.1
done

for way in execve execv execvp execvpe fexecve vfork posix_spawn posix_spawnp; do
	expect "$way" "$(tcp2vsock -- "$child" $way "$wget" wget -q -O - \
		$page 2>&1)" "over vsock"
done
for way in execl execlp execle; do
	expect "$way" "$(tcp2vsock -- "$child" $way "$wget" sh -c \
		"wget -q -O - $page" 2>&1)" "over vsock"
done
expect "found in PATH" "$(tcp2vsock -- "$child" execvp busybox wget -q -O - \
	$page 2>&1)" "over vsock"
expect "by the name that is its first word" "$(tcp2vsock -- "$child" named \
	"$wget" -q -O - $page 2>&1)" "over vsock"

# In another folder, where the path leads to another file or to one at all.
mkdir sub && cp "$wget" sub/busybox && cp "$wget" sub/wget &&
	cp /bin/echo wget || exit 1
for way in posix_spawn-chdir posix_spawn-fchdir; do
	expect "$way" "$(tcp2vsock -- "$child" $way busybox wget -q -O - \
		$page 2>&1)" "over vsock"
	expect "$way, not the one of that name here" "$(tcp2vsock -- \
		"$child" $way ./wget -q -O - $page 2>&1)" "over vsock"
done

# A script of a static shell, from a dynamic one.
printf '#!%s sh\nbusybox wget -q -O - "$1"; exit 7\n' "$wget" >script
chmod 755 script
expect "a script" "$(tcp2vsock -- sh -c "./script $page; echo \$?" 2>&1)" \
	"over vsock
7"
expect "a shell's own child" "$(tcp2vsock -- sh -c "busybox wget -q -O - $page" \
	2>&1)" "over vsock"
expect "its signal" "$(tcp2vsock -- sh -c 'busybox sh -c "kill -9 \$\$"
	echo $?' 2>/dev/null)" 137

expect "a dynamic one of Go's" "$(tcp2vsock -- "$child" execv \
	"${child%/*}/marked" 2>&1)" supervised

# Nothing is in the way of what the library serves, or is not to serve.
expect "a dynamic child" "$(tcp2vsock -- "$child" execv /bin/echo a b 2>&1)" \
	"a b"
expect "no such file" "$(tcp2vsock -- "$child" execv ./nothing 2>&1)" \
	"execv: No such file or directory"
python3 - "$wget" <<'END' || exit 1
import os, sys
program = open(sys.argv[1], "rb").read()
open("object", "wb").write(program[:16] + b"\1" + program[17:])
program = open("/bin/echo", "rb").read()
at = program.index(b"/lib64/ld-linux")
open("libless", "wb").write(program[:at] + b"/ld-musl-none\0" + program[at + 14:])
os.chmod("object", 0o755)
os.chmod("libless", 0o755)
END
expect "what is no program" "$(tcp2vsock -- "$child" execv ./object a 2>&1)" \
	"execv: Exec format error"
expect "its C library is missing" "$(tcp2vsock -- "$child" execv ./libless a \
	2>&1)" "execv: No such file or directory"
expect "--engine=preload leaves it alone" "$(tcp2vsock --engine=preload -- \
	"$child" execv "$wget" echo alone 2>&1)" "alone"
expect "no command to serve it" "$(tcp2vsock -- sh -c "
	unset IFS; TCP2VSOCK_COMMAND=/nothing exec env true" 2>&1)" ""
expect "the same, of a static one" "$(TCP2VSOCK_LOG='' tcp2vsock -- sh -c "
	TCP2VSOCK_COMMAND=/nothing exec '$child' execv '$wget' echo a" 2>&1 |
	sed 's/\[[0-9]*\]//')" \
	"tcp2vsock: a program that the library does not reach is not run, since the command (TCP2VSOCK_COMMAND) can't be; \"tcp2vsock --engine=supervise\" does without it
execv: Permission denied"

# From odd places: as without us, or served, or refused; never on TCP.
expect "a handler's small stack" "$(tcp2vsock -- "$child" small-stack echo a \
	2>&1)" "a"
expect "no number to look with" "$(tcp2vsock -- "$child" no-numbers "$wget" \
	wget -q -O - $page 2>/dev/null)" ""
expect "a program in memory is refused" "$(tcp2vsock -- "$child" memory "$wget" \
	echo a 2>&1 | tail -n 1)" "memory: Permission denied"
expect "too many words" "$(tcp2vsock -- "$child" many-words "$wget" 2>&1)" \
	"many-words: Argument list too long"
mkfifo fifo && chmod 755 fifo
expect "a FIFO" "$(timeout 20 tcp2vsock -- "$child" execv ./fifo 2>&1)" \
	"execv: Permission denied"
cp "$wget" unreadable && chmod 711 unreadable
# The kernel lets nobody look at such a program. The tree may be in a private
# folder, so what that user needs is taken out of it.
public=$RIG_TMP/public
mkdir "$public" && chmod 755 "$RIG_TMP" "$public" &&
	cp "$(command -v tcp2vsock)" "$TCP2VSOCK_LIBRARY" "$child" "$public"
TCP2VSOCK_LIBRARY=$public/${TCP2VSOCK_LIBRARY##*/}
export TCP2VSOCK_LIBRARY
expect "one that can't be read" "$(setpriv --reuid 65534 --regid 65534 \
	--clear-groups "$public/tcp2vsock" -- "$public/child" named \
	"$PWD/unreadable" -q -O - $page 2>&1 | tail -n 1)" \
	"wget: can't connect to remote host (10.0.0.5): Permission denied"
kill $server
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
