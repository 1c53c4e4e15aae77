#!/bin/sh
# SPDX-License-Identifier: MIT
#
#	inside.sh HERE BUILD
set -u
here=$1 build=$2
passes=0 failures=0
export TCP2VSOCK_LIBRARY="$build/preload/.libs/libtcp2vsock.so"
unset TCP2VSOCK_LOG TCP2VSOCK_TRACE NO_COLOR
cd "$RIG_TMP" || exit 99

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
listen 127.0.0.2:* = vsock:local:*'

# Who it was by name, no times, and N for numbers that are the kernel's choice.
plain()
{
	read -r main child thread <ids
	sed -E "s/^[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6} python3//
		s/^\[$main\]/main/; s/^\[$main.$thread\]/thread/
		s/^\[$child\]/child/
		s/, [0-9]+\.[0-9]{3} ms//
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

TCP2VSOCK_TRACE=/nowhere/trace traced -- python3 "$here/calls.py" >ids 2>err
same "the variable's file, where it cannot be made, stops nothing" /dev/null err

traced -- python3 "$here/calls.py" >ids 2>err
same 'no trace that nobody asked for' /dev/null err

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
