#!/bin/sh
# SPDX-License-Identifier: MIT
#
#	inside.sh HERE BUILD
set -u
here=$1 build=$2
passes=0 failures=0
unset TCP2VSOCK_LOG TCP2VSOCK_TRACE NO_COLOR
# A login's python3 may be one that no other user can start.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
cd "$RIG_TMP" || exit 99
# A build tree may lie where another user can't look.
cp "$build/preload/.libs/libtcp2vsock.so" "$here/stray.py" . &&
	chmod 755 . libtcp2vsock.so stray.py || exit 99
export TCP2VSOCK_LIBRARY="$PWD/libtcp2vsock.so"

# same WHAT WANTED GOT: two files.
same()
{
	if diff -u "$2" "$3"; then
		passes=$((passes + 1))
		echo "ok: $1"
	else
		failures=$((failures + 1))
		echo "FAIL: $1"
	fi
}

traced()
{
	"$build/launcher/tcp2vsock" "$@"
}

table='connect db.internal:80 = vsock:local:8000
connect 10.0.0.5:80 = vsock:local:8000
connect 10.0.0.5:81 = vsock:local:8001
connect 10.0.0.6:* = refuse
listen 127.0.0.1:8000 = vsock:local:8000
listen 127.0.0.2:* = vsock:local:*
listen 127.0.0.4:* = refuse'

# Who it was by name, no times, and N for numbers that are the kernel's choice.
plain()
{
	read -r main child thread <ids
	sed -E "s/^[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6} python3//
		s/^\[$main\]/main/; s/^\[$main.$thread\]/thread/
		s/^\[$child\]/child/
		s/, [0-9]+\.[0-9]{3} ms//
		s/(the resolver: ).*/\1REASON/
		s/(bind|listen|connect|accept|shutdown|SO_ERROR)\([0-9]+/\1(N/
		s/= [0-9]+ from/= N from/; s/(from [0-9.]+):[0-9]+/\1:N/
		s/(<- local\(1\)):[0-9]+/\1:N/
		s/local\(1\):[0-9]+, is 127.0.0.2:[0-9]+/local(1):N, is 127.0.0.2:N/
		s/127.0.0.3:[0-9]{2,}/127.0.0.3:N/" "$1"
}

export TCP2VSOCK_MAP="$table"
traced --trace -- python3 "$here/calls.py" >ids 2>err
plain err >got
same 'every call, on standard error' "$here/expected" got

traced --trace=trace -- sh -c 'cd / && exec python3 "$1"' - "$here/calls.py" \
	>ids 2>err
plain trace >got
same 'the same in a file, whatever the directory' "$here/expected" got
same 'and nothing on standard error' /dev/null err

traced -- python3 "$here/calls.py" >ids 2>err
same 'no trace that nobody asked for' /dev/null err

# ---- the log ----------------------------------------------------------------

# The table's words, and no numbers that are the kernel's choice.
log()
{
	sed -nE "s/^tcp2vsock\[[0-9]+\]: //; T
		s/from 127.0.0.1:[0-9]+ <- local\(1\):[0-9]+/from PEER/
		s/(127.0.0.3:)0/\1N/; p" "$1"
}

traced -v -- python3 "$here/tell.py" 2>err
log err >got
same 'what a rule decided, and how it ended' "$here/log" got

# The supervisor leaves other calls to the kernel before it knows their result,
# sees no poll(), and tells of a refusal when it hears of it.
traced --engine=supervise -v -- python3 "$here/tell.py" 2>err
log err | sed 's/ENOTCONN$/ECONNREFUSED/' >got
sed 's/ENOTCONN$/ECONNREFUSED/; / failed$/d
	s/(the first such call).*/(the first such call)/' "$here/log" >wanted
same 'the same by the supervisor' wanted got

traced --engine=supervise -v -- sh -c 'for _ in 1 2; do python3 -c "
import socket
for _ in 1, 2: socket.socket().connect_ex((\"127.0.0.3\", 1))"; done' 2>err
log err >got
for _ in 1 2; do
	echo 'connect 127.0.0.3:1 -> TCP, no rule (the first such call)'
done >wanted
same '... the first such call of each process' wanted got

# Lookups and an accept() over TCP are not told of, but questions over UDP are;
# the reason of a refusal is, where the program asks or before.
traced --engine=supervise --trace -- python3 "$here/calls.py" >ids 2>err
plain err | sed '/-> UDP$/d; s/ (the kernel: ECONNRESET)//
	/-> local(1):8001: ECONNREFUSED, TCP2VSOCK_MAP:3$/d
	/^main: SO_ERROR(N): ECONNREFUSED/s/,.*//' >got
sed '/: lookup(/d; / <- TCP: ok$/d; s/\(TCP, no rule\): .*/\1/
	s/ (the kernel: ECONNRESET)//
	/-> local(1):8001: ECONNREFUSED, TCP2VSOCK_MAP:3$/d
	/^main: SO_ERROR(N): ECONNREFUSED/s/,.*//' "$here/expected" >wanted
same '... and its trace' wanted got

# What was done, not what the table says when it is asked again.
traced --trace -- python3 "$here/tell.py" 2>err
grep -c UDP err >got
echo 3 >wanted
same 'a UDP socket is told of as one' wanted got

# The second listener of a port is where nobody can reach it.
TCP2VSOCK_MAP='listen *:8009 = vsock:local:8009' traced -v -- python3 -c '
import socket
for family, ip in (socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"):
    s = socket.socket(family); s.bind((ip, 8009)); s.listen(); s.detach()' 2>err
log err >got
cat >wanted <<'END'
bind 127.0.0.1:8009 -> local(1):8009 ok
bind [::1]:8009 -> nobody, as another listener of the program has local(1):8009 ok
END
same 'a listener that nobody can reach' wanted got

# ---- the manual -------------------------------------------------------------

# A line with all that may vary left out: two alike are of one form.
form()
{
	sed -E 's/[0-9]+(\.[0-9]+)*/N/g; s/(host|local|vm)\(N\)|any/CID/
		s,\[N/N\],[N],; s/^(N:N:N )[^[]*/\1PROGRAM/; s/ (ok|E[A-Z]{3,})$/ RESULT/
		s/E[A-Z]{3,}/ERROR/g' |
		sort -u
}

# Its lines are broken; what is indented belongs to the one before.
sed -n '/^\.Sh LOGGING/,/^\.Sh EXAMPLES/p' "$here/../../doc/tcp2vsock.1" |
	awk '/^    / { sub(/^ */, " "); line = line $0; next }
		{ print line; line = "" }
		/^tcp2vsock\[|^[0-9][0-9]:/ { line = $0 }' | grep -E '^tcp2vsock\[|^[0-9][0-9]:' >shown
traced -v --trace -- python3 "$here/tell.py" 2>err
cat err trace | form >printed
form <shown >wanted
[ "$(wc -l <shown)" -ge 10 ] || echo 'too few lines' >>wanted
comm -12 wanted printed >got
same 'lines as the manual shows them' wanted got

# ---- harmless -----------------------------------------------------------

# stray NAME OPTION MODE [FILE]: what stray.py says is to be $wanted.
stray()
{
	name=$1 option=$2
	shift 2
	traced $option -- python3 "$RIG_TMP/stray.py" "$@" >got 2>err </dev/null
	printf '%s\n' "$wanted" >wanted
	same "$name" wanted got
}

export TCP2VSOCK_MAP='127.0.0.1:8000 = vsock:local:8000'
no_vsock="$build/tests/launcher/no-vsock 1"
both='-v --trace'
wanted="b'HELO'"
stray 'nothing of ours in a connection at 2' "$both" connection
stray '... that the program began with' "$both" inetd
wanted='status 0'
stray 'nobody reads the pipe at 2' "$both" nobody_reads
stray 'the pipe at 2 is full' "$both" full
wanted="b'record 1\\nrecord 2\\n'"
stray 'nothing of ours in a data file at 2' "$both" data_file db
traced -- $no_vsock python3 "$RIG_TMP/stray.py" data_file db2 >got 2>err
same '... and of the complaint that needs no option' wanted got
traced -- $no_vsock python3 -c 'import socket
try:
	socket.socket().connect(("127.0.0.1", 8000))
except OSError:
	pass' 2>err
grep -c 'AF_VSOCK sockets are forbidden here' err >got
echo 1 >wanted
same '... which is there where 2 is as it was' wanted got

# The file is root's, and in root's folder.
(umask 077 && mkdir -p private/folder)
for option in --trace -v; do
	rm -f private/folder/file
	file=$PWD/private/folder/file
	if [ $option = -v ]; then
		TCP2VSOCK_LOG=$file traced -- \
			python3 "$RIG_TMP/stray.py" become_another 2>err
	else
		traced --trace="$file" -- \
			python3 "$RIG_TMP/stray.py" become_another 2>err
	fi
	grep -c 'connect.*local(1):8000' "$file" >got
	echo 4 >wanted
	same "a file of root's, and a program that becomes another ($option)" \
		wanted got
	same '... of which nothing is said' /dev/null err
done
TCP2VSOCK_LOG=/nowhere/log LD_PRELOAD=$TCP2VSOCK_LIBRARY sleep 0 2>err
sed 's/\[[0-9]*\]/[N]/' err >got
echo "tcp2vsock[N]: TCP2VSOCK_LOG: can't write to /nowhere/log: ENOENT" >wanted
same 'a file that cannot be written, and no launcher to say so' wanted got

# ---- colours --------------------------------------------------------------

export TCP2VSOCK_MAP="$table"
# On a terminal, and there only, with colours.
on_terminal()
{
	python3 -c 'import pty, sys; pty.spawn(sys.argv[1:])' \
		"$build/launcher/tcp2vsock" --trace -- python3 \
		"$here/calls.py" </dev/null
}
red=$(printf '\033[31mECONNREFUSED\033[0m')
yellow=$(printf '\033[33mTCP\033[0m')
on_terminal >terminal
grep -cF "$red" terminal >got
echo 4 >wanted
same 'errors are red on a terminal' wanted got
grep -cF "$yellow" terminal >got
same 'what is not redirected is yellow' wanted got
NO_COLOR=1 on_terminal >terminal
grep -cF "$red" terminal >got
echo 0 >wanted
same 'unless NO_COLOR is set' wanted got

echo "$passes passed, $failures failed"
[ "$failures" = 0 ]
