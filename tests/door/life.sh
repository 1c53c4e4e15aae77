#!/bin/sh
# SPDX-License-Identifier: MIT
# Life and death of a supervised program, its supervisor and its caller.
#
# What the caller ignores, as nohup(1) has it, no shell can trap.
[ "${HEARS:-}" ] || HEARS=1 exec env --default-signal=HUP,TERM,USR1,USR2 \
	sh "$0" "$@"
. "${srcdir:=.}/tests/launcher/lib.sh"

# supervised COMMAND...: run so.
supervised()
{
	tcp2vsock --engine=supervise -m '*:* = refuse' -- "$@"
}

# until_true COMMAND...: within 20 seconds.
until_true()
{
	tries=200
	until "$@" 2>/dev/null; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.1
	done
}

gone()
{
	! kill -0 "$1"
}

# Whether or not somebody has waited for it.
ended()
{
	! grep -q '^State:.[^Z]' "/proc/$1/status"
}

is_state()
{
	grep -q "^State:.$2" "/proc/$1/status"
}

parent_of()
{
	sed -n 's/^PPid:.//p' "/proc/$1/status"
}

want()
{
	checks=$((checks + 1))
	last=$1
	shift
	"$@" || fail "not so: $*"
}

# begin SCRIPT: in the background, a shell that writes its number, and waits.
begin()
{
	rm -f "$tmp/pid"
	tcp2vsock --engine=supervise -m '*:* = refuse' -- sh -c "$1
		echo \$\$ >$tmp/pid.new; mv $tmp/pid.new $tmp/pid
		while :; do sleep 0.1; done" &
	launcher=$!
	until_true test -e "$tmp/pid"
	program=$(cat "$tmp/pid")
	supervisor=$(parent_of "$program")
}

run_it supervised sh -c 'exit 7'
want_status 7
run_it supervised sh -c 'kill -TERM $$'
want_status 143
run_it supervised sh -c 'kill -KILL $$'
want_status 137
run_it supervised "$tmp/none"
want_status 127
run_it supervised "$tmp"
want_status 126
run_it supervised cat /dev/null
want_status 0
want_quiet

# Signals are passed on, and handled: by the launcher's status it is seen.
for signal in TERM HUP USR1 USR2; do
	begin "trap 'exit 9' $signal"
	kill -s $signal $launcher
	wait $launcher
	status=$?
	last="SIG$signal is passed on"
	want_status 9
done

# It stops when the program stops, and goes on with it.
begin :
kill -STOP "$program"
want "the launcher stops, too" until_true is_state $launcher T
kill -CONT "$program"
want "the launcher goes on" until_true is_state $launcher S
kill -TSTP $launcher
want "stopped by way of the launcher" until_true is_state $launcher T
want "... the program, too" is_state "$program" T
kill -CONT $launcher
want "continued by way of it" until_true is_state "$program" S
want "both are in one session, the program in the caller's group" [ \
	"$(awk '{ print $5, $6 }' "/proc/$program/stat")" = \
	"$(awk '{ print $5, $6 }' /proc/$$/stat)" ]

# SIGSTOP can't be passed on: the program goes on, and its calls are answered, as
# those of a redirection are (dup2).
begin "trap ': >$tmp/called' USR1; trap 'exit 9' TERM"
kill -STOP $launcher
want "the launcher alone stops" until_true is_state $launcher T
kill -USR1 "$program"
want "the program's calls are answered" until_true test -e "$tmp/called"
kill -CONT $launcher
kill -TERM $launcher
wait $launcher
status=$?
last="continued, the launcher passes on"
want_status 9

# Whoever is killed, nothing hangs and nothing is left.
kill -KILL $launcher
wait $launcher 2>/dev/null
want "the launcher's death is the program's" until_true gone "$program"
want "... and the supervisor's" until_true gone "$supervisor"
begin 'sleep 1000 &'
kill -KILL "$supervisor"
wait $launcher
status=$?
want "the supervisor's death is the program's" until_true gone "$program"
last="the launcher says so"
want_status 125
begin :
kill -KILL "$program"
wait $launcher 2>/dev/null
status=$?
last="the program's death is the launcher's"
want_status 137
want "and the supervisor's" until_true gone "$supervisor"
begin :
kill -STOP "$program"
want "the launcher stops" until_true is_state $launcher T
kill -KILL "$program"
want "... and ends with it" until_true ended $launcher
kill -CONT $launcher 2>/dev/null
wait $launcher 2>/dev/null
status=$?
last="killed while it was stopped"
want_status 137

# A daemon goes on, supervised; nobody waits for it but who reads its output.
run_it timeout 20 sh -c "tcp2vsock --engine=supervise -m '*:* = refuse' -- sh -c \
	'setsid sh -c \"until [ -e $tmp/go ]; do sleep 0.1; done
	 exec >$tmp/said 2>&1
	 python3 -c \\\"import socket; socket.create_connection((\\\\\\\"127.0.0.1\\\\\\\", 9))\\\"
	 \" </dev/null >/dev/null 2>&1 & echo started' | cat"
want_out started
: >"$tmp/go"
want "the daemon's connections are refused" \
	until_true grep -q ConnectionRefusedError "$tmp/said"

# What the caller blocks and ignores is so in the program. Our own caller may
# ignore others, as a shell's background jobs do: SIGUSR1 is bit 9.
run_it sh -c "trap '' USR1; exec tcp2vsock --engine=supervise -m '*:* = refuse' \
	-- grep -E '^Sig(Blk|Ign)' /proc/self/status"
want_out '^SigBlk:.0*$'
want_out '^SigIgn:.*[2367abef]..$'
finish
