# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# For the measuring scripts that run in the test kernel, in the top of a build
# tree: to be read by bash.
traffic=$(pwd)/tests/bench/traffic
library=$(pwd)/preload/.libs/libtcp2vsock.so
table=$RIG_TMP/table
redirected=(env "LD_PRELOAD=$library" "TCP2VSOCK_CONFIG=$table")

# shellcheck disable=SC2046
trap 'kill $(jobs -p) 2>/dev/null' EXIT

fail()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

# start WORD COMMAND...: until it has said WORD; $started is its process.
start()
{
	local word=$1 log line said=
	shift
	log=$RIG_TMP/log
	mkfifo "$log"
	"$@" <&0 >"$log" 2>&1 &
	started=$!
	exec {from}<"$log"
	rm "$log"
	while read -r line <&"$from"; do
		said+=$line
		case $line in *"$word"*) break ;; esac
		line=
	done
	[ "$line" ] || fail "$* did not start: $said"
	cat <&"$from" >/dev/null &
	exec {from}<&-
}

# -t: what is on its way after a half-close gets all the time it needs.
relay()
{
	start listening socat -d -d -t 30 "$1,fork,backlog=128" "$2"
}

relay_to_raw()
{
	relay TCP-LISTEN:7001,reuseaddr VSOCK-CONNECT:1:20100
}

relay_to_relay()
{
	relay VSOCK-LISTEN:20200 TCP:127.0.0.1:7000
	relay TCP-LISTEN:7002,reuseaddr VSOCK-CONNECT:1:20200
}

# One process for all connections: doc/bridges.md. False where it does not run:
# it takes instructions that an emulated processor may lack.
relay_by_haproxy()
{
	cat >"$RIG_TMP/haproxy.cfg" <<END
defaults
	mode tcp
	timeout connect 30s
	timeout client 60s
	timeout server 60s
listen bridge
	bind 127.0.0.1:7003
	server raw 10.0.0.1:20100
END
	echo 'connect 10.0.0.1:20100 = vsock:local:20100' >>"$table"
	"${redirected[@]}" haproxy -db -f "$RIG_TMP/haproxy.cfg" &
	until ss -Hltn 'sport = :7003' | grep -q .; do
		kill -0 $! 2>/dev/null || return
		sleep 0.1
	done
}

serve_raw()
{
	start ready "$traffic" vsock serve 20100
}

serve_library()
{
	start ready "${redirected[@]}" "$traffic" tcp serve 20000
}

serve_tcp()
{
	start ready "$traffic" tcp serve 7000
}

# For each way the client, and the port of the server that this way has.
declare -A client port_of
client[raw]="$traffic vsock" port_of[raw]=20100
client[library]="${redirected[*]} $traffic tcp" port_of[library]=20000
client[tcp]="$traffic tcp" port_of[tcp]=7000
client[socat]="$traffic tcp" port_of[socat]=7001
client[socats]="$traffic tcp" port_of[socats]=7002
client[haproxy]="$traffic tcp" port_of[haproxy]=7003

# start_client WAY: one that measures, line by line; see traffic.c.
declare -A to_client from_client pid_of
start_client()
{
	mkfifo "$RIG_TMP/to" "$RIG_TMP/from"
	# shellcheck disable=SC2086
	${client[$1]} measure <"$RIG_TMP/to" >"$RIG_TMP/from" &
	exec {to}>"$RIG_TMP/to" {from}<"$RIG_TMP/from"
	to_client[$1]=$to from_client[$1]=$from pid_of[$1]=$!
	rm "$RIG_TMP/to" "$RIG_TMP/from"
}

# measure WAY PORT WHAT SIZE CONNECTIONS MILLISECONDS: $figure. After a failure
# there is another client for the next.
measure()
{
	echo "$3 $2 $4 $5 $6" >&"${to_client[$1]}"
	read -r -t 20 figure <&"${from_client[$1]}" && return
	echo "${0##*/}: $* failed" >&2
	kill "${pid_of[$1]}"
	start_client "$1"
	return 1
}
