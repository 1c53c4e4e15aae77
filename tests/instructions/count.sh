#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Instructions of a call, exactly, in the program with the library and without it:
# calls.c takes one step after the other. Runs in the test
# kernel (tests/rig/run), in the top of a build tree. Writes for each call
#
#	CALL,WITHOUT,PORT,ADDRESS,NEAR,MAPPED
#
# instructions of the program and its libraries alone; with the library for a
# port that no rule names; for one that rules of other networks name; where a
# rule names the host, and another the port; and for a redirected one.
set -u
program=$(pwd)/tests/instructions/calls
library=$(pwd)/preload/.libs/libtcp2vsock.so
count=1
cat >"$RIG_TMP/table" <<END
127.0.0.1:20000-29999 = vsock:local:20000-29999
10.0.0.5:9000-9999    = vsock:3:9000-9999
END
cat >"$RIG_TMP/others" <<END
10.0.0.0/8:*     = vsock:3:*
172.16.0.0/12:*  = vsock:4:*
192.168.7.5:9000 = vsock:5:9000
END

# count NAME PORT [VARIABLE...]
count()
{
	name=$1 port=$2
	shift 2
	env LD_BIND_NOW=1 "$@" "$program" "$port" $count |
		sort >"$RIG_TMP/$name"
	[ -s "$RIG_TMP/$name" ] || exit 1
}

count without 7000
count port 8000 LD_PRELOAD="$library" TCP2VSOCK_CONFIG="$RIG_TMP/table"
count address 8500 LD_PRELOAD="$library" TCP2VSOCK_CONFIG="$RIG_TMP/others"
count near 9000 LD_PRELOAD="$library" TCP2VSOCK_CONFIG="$RIG_TMP/table"
count mapped 20000 LD_PRELOAD="$library" TCP2VSOCK_CONFIG="$RIG_TMP/table"
cd "$RIG_TMP" || exit 1
join without port | join - address | join - near | join - mapped | tr ' ' ,
