#!/bin/sh
# SPDX-License-Identifier: MIT
# libevent, libuv, libev and Boost.Asio: an echo server and a client with 50
# connections at once, each library against itself and against the next.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs cc gcc c++ g++ ss iproute2
in_rig 300

sources=$srcdir/tests/apps/extra/echo
port=7000

# has HEADER PACKAGE: or the test is skipped, and failed where all must run.
has() {
	echo "#include <$1>" | c++ -fsyntax-only -x c++ - 2>/dev/null && return
	echo "$1 is missing: apt-get install $2"
	[ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ] && exit 1
	exit 77
}

has event2/event.h libevent-dev
has uv.h libuv1-dev
has ev.h libev-dev
has boost/asio.hpp libboost-dev

check "libevent's programs" cc -O1 -o libevent "$sources/libevent.c" -levent
check "libuv's" cc -O1 -o libuv "$sources/libuv.c" -luv
check "libev's" cc -O1 -o libev "$sources/libev.c" -lev
check "Boost.Asio's" c++ -O1 -o asio "$sources/asio.cc" -pthread

# pair SERVER CLIENT
pair() {
	port=$((port + 1))
	start "$1-$port" $port "./$1" server $port
	server=$pid
	check "$1's server listens" wait_for listens $port
	same "$2's client and $1's server" "50 connections, 0 bad" \
		"$(client $port "./$2" client $address $port 2>&1)"
	check "no TCP socket was made for port $port" no_tcp $port
	stop $server
}

pair libevent libevent
pair libuv libuv
pair libev libev
pair asio asio
pair libevent libuv
pair libuv libev
pair libev asio
pair asio libevent
check "no TCP connection was tried" no_opens
finish
