#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Inside the test kernel: supervisors under strace, each with a program that
# makes, or takes, three connections. A folder of traces for each.
#
#   calls-inside.sh FOLDER TRAFFIC [WEB]
set -u
folder=$1 traffic=$2 web=${3-}
export TCP2VSOCK_MAP="127.0.0.0/8:* = vsock:local:*"

# traced NAME COMMAND...
traced()
{
	name=$1
	shift
	mkdir -p "$folder/$name" || exit 1
	strace -ff -ttt -v -o "$folder/$name/trace" \
		tcp2vsock --engine=supervise -- "$@"
}

# until_said WORD FILE
until_said()
{
	until grep -q "$1" "$2"; do
		kill -0 $! || exit 1
		sleep 0.1
	done
}

traced C-server "$traffic" tcp serve 7300 >"$folder/said" &
until_said ready "$folder/said"
traced C-client "$traffic" tcp hold 7300 3 || exit 1
[ "$web" ] || exit 0
traced Go-server "$web" serve 127.0.0.1:7400 >"$folder/said" &
until_said listening "$folder/said"
traced Go-client "$web" get http://127.0.0.1:7400/ http://127.0.0.2:7400/ \
	http://127.0.0.3:7400/ || exit 1
