#!/bin/sh
# SPDX-License-Identifier: MIT
# Erlang: gen_tcp over both of its ways to sockets, 20 clients at once. Its
# runtime has a sigaction() of its own.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs erl erlang-base erlc erlang-base ss iproute2
in_rig 300

cat >echo.erl <<'END'
-module(echo).
-export([server/1, client/1]).

options(inet) -> [binary, {packet, 4}];
options(socket) -> [{inet_backend, socket}, binary, {packet, 4}].

port(Port) -> list_to_integer(atom_to_list(Port)).

server([Way, Port]) ->
	{ok, Listener} = gen_tcp:listen(port(Port), options(Way) ++
		[{active, false}, {reuseaddr, true}, {backlog, 100}]),
	{ok, {{0, 0, 0, 0}, _}} = inet:sockname(Listener),
	accept(Listener).

accept(Listener) ->
	{ok, Socket} = gen_tcp:accept(Listener),
	{ok, {{127, 0, 0, 1}, _}} = inet:peername(Socket),
	Pid = spawn(fun() -> receive go -> serve(Socket) end end),
	ok = gen_tcp:controlling_process(Socket, Pid),
	Pid ! go,
	accept(Listener).

serve(Socket) ->
	case gen_tcp:recv(Socket, 0) of
		{ok, Data} -> gen_tcp:send(Socket, Data), serve(Socket);
		{error, closed} -> gen_tcp:close(Socket)
	end.

ask(Socket, N) ->
	Data = binary:copy(<<N>>, N * 10),
	ok = gen_tcp:send(Socket, Data),
	receive {tcp, Socket, Data} -> ok end.

talk(Way, Port, Caller) ->
	{ok, Socket} = gen_tcp:connect("10.0.0.5", port(Port), options(Way) ++
		[{active, true}, {nodelay, true}]),
	[ask(Socket, N) || N <- lists:seq(1, 100)],
	gen_tcp:close(Socket),
	Caller ! done.

client([Way, Port]) ->
	Self = self(),
	All = lists:seq(1, 20),
	[spawn(fun() -> talk(Way, Port, Self) end) || _ <- All],
	[receive done -> ok after 120000 -> exit(late) end || _ <- All],
	io:format("2000 answers~n"),
	halt().
END
erlc echo.erl || exit 99

# echo_over WAY PORT
echo_over() {
	start "$1" "$2" erl -noshell -s echo server "$1" "$2"
	up "$1" "$2"
	same "$1: 20 clients" '2000 answers' \
		"$(client "$2" erl -noshell -s echo client "$1" "$2")"
	check "no TCP socket was made for port $2" no_tcp "$2"
}
echo_over inet 7000
echo_over socket 7001
check "no TCP connection was tried" no_opens
finish
