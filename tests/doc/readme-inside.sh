#!/bin/sh
# SPDX-License-Identifier: MIT
#
#	readme-inside.sh README BUILD
set -u
readme=$1 build=$2
failures=0
export PATH="$build/launcher:$PATH" PYTHONUNBUFFERED=1
# A build tree may lie where others can't look, of which -v would tell.
cp "$build/preload/.libs/libtcp2vsock.so" "$RIG_TMP" &&
	chmod 755 "$RIG_TMP" "$RIG_TMP/libtcp2vsock.so" || exit 99
export TCP2VSOCK_LIBRARY="$RIG_TMP/libtcp2vsock.so"
unset TCP2VSOCK_LOG TCP2VSOCK_TRACE TCP2VSOCK_MAP TCP2VSOCK_CONFIG
mkdir "$RIG_TMP/srv" && cd "$RIG_TMP/srv" || exit 99
sed -n 's/^    //p' "$readme" >shown
sed -n '/^```rules/,/^```/p' "$readme" | grep -v '^```' >rules

# What differs from run to run: process, time, descriptor, ephemeral port.
plain()
{
	sed -E "s,$PWD/rules,/srv/rules,
		s/^[0-9:.]{15} ([a-z0-9]+)\[[0-9]+\]/TIME \1[N]/
		s/^tcp2vsock\[[0-9]+\]/tcp2vsock[N]/
		s/(from 127.0.0.1|<- local\(1\)):[0-9]+/\1:N/g
		s/(connect|SO_ERROR)\([0-9]+/\1(N/; s/[0-9]+\.[0-9]{3} ms/N ms/
		s,\[[0-9]+/[A-Z][a-z]+/[0-9]+ [0-9:]+\],[DATE]," "$@"
}

# same WHAT: wanted and got, which may not be empty.
same()
{
	if [ -s wanted ] && diff -u wanted got; then
		echo "ok: $1"
	else
		echo "FAIL: $1"
		failures=$((failures + 1))
	fi
}

# command WORDS: the one that README has with them.
command_of()
{
	sed -n "s/^\$ \(.*$1.*\)/\1/p" shown | head -n 1 | sed 's/ &$//'
}

# after WORDS: what stands below that command, up to the next one.
after()
{
	awk -v words="$1" '/^\$ / { inside = index($0, words); next }
		inside' shown
}

echo hello >hello
: >server
eval "$(command_of http.server)" >>server 2>&1 &
tries=0
until grep -q Serving server || [ $tries = 600 ]; do
	sleep 0.1
	tries=$((tries + 1))
done
eval "$(command_of files.internal)" >client 2>&1
tries=0
until grep -q GET server || [ $tries = 600 ]; do
	sleep 0.1
	tries=$((tries + 1))
done
kill $!
after http.server | awk '/^\$/ || NF == 0 { exit } 1' | plain >wanted
plain server | head -n "$(wc -l <wanted)" >got
same 'a server that begins'
after files.internal | grep -E '^tcp2vsock|GET|^hello' | plain | sort >wanted
plain client server | grep -E ' connect | accept |GET|^hello' | sort >got
same 'and its client, with what both say'

eval "$(command_of --explain)" 2>&1 | plain >got
after --explain | awk 'NR <= n' n="$(wc -l <got)" >wanted
same 'why a rule decides'

# What psql says itself is for the user; it may try again.
if command -v psql >/dev/null; then
	after --trace | grep '^[0-9:.]* psql\[' | plain >wanted
	eval "$(command_of --trace)" 2>&1 | grep '^[0-9:.]* psql\[' | plain |
		head -n "$(wc -l <wanted)" >got
	same 'a trace'
else
	echo "not checked here: a trace: no psql"
fi

[ $failures = 0 ]
