#!/bin/sh
# SPDX-License-Identifier: MIT
# Sockets of interpreters and shells: AnyEvent, IO::Async and Mojolicious,
# Lua with copas, Tcl, Guile, SBCL, Racket, SWI-Prolog and Emacs serve; gawk,
# bash, zsh, Vim and most of the former are clients.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs perl libanyevent-perl lua5.3 lua5.3 tclsh tcl guile-3.0 guile-3.0 \
	sbcl sbcl racket racket swipl swi-prolog-nox emacs emacs-nox \
	vim vim-nox gawk gawk zsh zsh ncat ncat curl curl python3 python3 \
	ss iproute2

# has PACKAGE COMMAND...: a library, which no command tells of.
has() {
	package=$1
	shift
	"$@" >/dev/null 2>&1 && return
	echo "$package is missing: apt-get install $package"
	[ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ] && exit 1
	exit 77
}
if [ -z "${RIG:-}" ]; then
	has libanyevent-perl perl -MAnyEvent -e 1
	has libio-async-perl perl -MIO::Async -e 1
	has libmojolicious-perl perl -MMojolicious -e 1
	has lua-socket lua5.3 -e 'require "socket"'
fi
in_rig 500
export HOME="$RIG_TMP"

fetch() { client "$1" curl -sS --max-time 60 "http://$address:$1/"; }

cat >anyevent.pl <<'END'
use AnyEvent; use AnyEvent::Socket; use AnyEvent::Handle;
my %all;
my $guard = tcp_server undef, 7101, sub {
	my ($fh, $host) = @_;
	my $one; $one = AnyEvent::Handle->new(fh => $fh,
		on_error => sub { delete $all{$one} });
	$all{$one} = $one;
	$one->on_read(sub { $_[0]->push_read(line => sub {
		$_[0]->push_write("$host $_[1]\n") }) });
};
AnyEvent->condvar->recv;
END
cat >anyevent-client.pl <<'END'
use AnyEvent; use AnyEvent::Socket; use AnyEvent::Handle;
my ($done, $answers, @all) = (AnyEvent->condvar, 0);
for my $n (1 .. 20) {
	$done->begin;
	tcp_connect $ARGV[0], $ARGV[1], sub {
		my $one = AnyEvent::Handle->new(fh => shift || die "$!",
			on_error => sub { die $_[2] });
		push @all, $one;
		$one->push_write("line $n\n");
		$one->push_read(line => sub {
			$answers++ if $_[1] =~ / line $n$/; $done->end });
	};
}
$done->recv;
print "$answers\n";
END
start anyevent 7101 perl anyevent.pl
up anyevent 7101
same "AnyEvent" "127.0.0.1 line" "$(line 7101)"
same "AnyEvent: 20 clients" 20 \
	"$(client 7101 perl anyevent-client.pl $address 7101 2>&1)"
stop "$pid"

cat >async.pl <<'END'
use IO::Async::Loop; use IO::Async::Listener;
my $loop = IO::Async::Loop->new;
my $server = IO::Async::Listener->new(on_stream => sub {
	my (undef, $one) = @_;
	$one->configure(on_read => sub {
		my ($self, $buffer) = @_;
		$self->write("async $1") while $$buffer =~ s/^(.*\n)//;
		0 });
	$loop->add($one) });
$loop->add($server);
$server->listen(addr => {family => "inet", socktype => "stream", port => 7102,
	ip => "0.0.0.0"})->get;
$loop->run;
END
cat >async-client.pl <<'END'
use IO::Async::Loop; use IO::Async::Stream; use Future;
my $loop = IO::Async::Loop->new;
my @all = map { my $n = $_;
	$loop->connect(host => $ARGV[0], service => $ARGV[1],
		socktype => "stream")->then(sub {
		my $one = IO::Async::Stream->new(handle => shift,
			on_read => sub { 0 });
		$loop->add($one);
		$one->write("line $n\n");
		$one->read_until("\n") }) } 1 .. 20;
my @answers = Future->needs_all(@all)->get;
print scalar(grep { /^async line/ } @answers), "\n";
END
start async 7102 perl async.pl
up async 7102
same "IO::Async: 20 clients" 20 \
	"$(client 7102 perl async-client.pl $address 7102 2>&1)"
stop "$pid"

cat >mojo.pl <<'END'
use Mojolicious::Lite -signatures;
get '/' => sub ($c) { $c->render(text => $c->tx->remote_address) };
websocket '/ws' => sub ($c) {
	$c->on(message => sub ($c, $m) { $c->send("back: $m") }) };
app->start;
END
cat >mojo-client.pl <<'END'
use Mojo::UserAgent; use Mojo::IOLoop;
my $ua = Mojo::UserAgent->new;
$ua->websocket("ws://$ARGV[0]:7103/ws" => sub {
	my (undef, $tx) = @_;
	$tx->on(message => sub { print "$_[1]\n"; Mojo::IOLoop->stop });
	$tx->send("hi") });
Mojo::IOLoop->start;
END
start mojo 7103 perl mojo.pl prefork -w 2 -l 'http://*:7103' -P "$PWD/mojo.pid"
up mojo 7103
same "Mojolicious, prefork" 127.0.0.1 "$(fetch 7103)"
same "Mojolicious: a web socket" "back: hi" \
	"$(client 7103 perl mojo-client.pl $address 2>&1)"
stop "$pid"

cat >server.lua <<'END'
local socket = require "socket"
local all = {assert(socket.bind("0.0.0.0", 7104))}
while true do
	for _, one in ipairs(socket.select(all)) do
		if one == all[1] then
			table.insert(all, (one:accept()))
		else
			local line = one:receive("*l")
			if line then
				one:send(one:getpeername() .. " " .. line .. "\n")
			else
				one:close()
				for i = #all, 1, -1 do
					if all[i] == one then table.remove(all, i) end
				end
			end
		end
	end
end
END
start lua 7104 lua5.3 server.lua
up lua 7104
same "Lua's select" "127.0.0.1 line" "$(line 7104)"
stop "$pid"

cat >server.tcl <<'END'
proc answer {one peer} {
	if {[gets $one line] >= 0} { puts $one "$peer $line" }
	if {[eof $one]} { close $one }
}
proc accept {one peer port} {
	fconfigure $one -blocking 0 -buffering line
	fileevent $one readable [list answer $one $peer]
}
socket -server accept 7105
vwait forever
END
start tcl 7105 tclsh server.tcl
up tcl 7105
same Tcl "127.0.0.1 line" "$(line 7105)"
stop "$pid"

cat >server.scm <<'END'
(use-modules (web server))
(run-server
 (lambda (request body) (values '((content-type . (text/plain))) "guile"))
 'http '(#:port 7106 #:addr 0))
END
start guile 7106 guile-3.0 --no-auto-compile server.scm
up guile 7106
same "Guile's web server" guile "$(fetch 7106)"
stop "$pid"

cat >server.lisp <<'END'
(require :sb-bsd-sockets)
(use-package :sb-bsd-sockets)
(let ((listener (make-instance 'inet-socket :type :stream :protocol :tcp)))
  (setf (sockopt-reuse-address listener) t)
  (socket-bind listener #(0 0 0 0) 7107)
  (socket-listen listener 5)
  (loop
    (multiple-value-bind (one peer) (socket-accept listener)
      (let ((stream (socket-make-stream one :input t :output t)))
        (format stream "~{~a~^.~} ~a~%" (coerce peer 'list)
                (read-line stream))
        (finish-output stream)
        (close stream)))))
END
start sbcl 7107 sbcl --script server.lisp
up sbcl 7107
same "SBCL" "127.0.0.1 line" "$(line 7107)"
stop "$pid"

cat >server.rkt <<'END'
#lang racket/base
(require racket/tcp)
(define listener (tcp-listen 7108 5 #t))
(let loop ()
  (define-values (in out) (tcp-accept listener))
  (thread (lambda ()
    (define-values (here there) (tcp-addresses in))
    (fprintf out "~a ~a\n" there (read-line in))
    (close-output-port out)
    (close-input-port in)))
  (loop))
END
start racket 7108 racket server.rkt
up racket 7108
same Racket "127.0.0.1 line" "$(line 7108)"
stop "$pid"

cat >server.pl <<'END'
:- use_module(library(http/thread_httpd)).
:- use_module(library(http/http_dispatch)).
:- http_handler(root(.), hello, []).
hello(_) :- format('Content-type: text/plain~n~nprolog~n').
:- http_server(http_dispatch, [port(7109)]), thread_get_message(stop).
END
start swipl 7109 swipl --no-signals server.pl
up swipl 7109
same "SWI-Prolog's threads" prolog "$(fetch 7109)"
stop "$pid"

cat >server.el <<'END'
(make-network-process :name "s" :server t :service 7110 :host "0.0.0.0"
  :family 'ipv4 :filter (lambda (p s) (process-send-string p
    (format "%s %s" (substring (format-network-address
      (process-contact p :remote) t)) s))))
(while t (accept-process-output nil 1))
END
start emacs 7110 emacs -Q --batch -l "$PWD/server.el"
up emacs 7110
same Emacs "127.0.0.1 line" "$(line 7110)"
stop "$pid"

# ---- clients of one web server --------------------------------------------

mkdir root && echo hello >root/hello
start web 8000 python3 -m http.server -d root 8000
up web 8000
url=http://$address:8000/hello
request='GET /hello HTTP/1.0\r\n\r\n'

hello() {
	what=$1
	shift
	same "$what" hello "$(client 8000 "$@" 2>&1 | tr -d '\r"' | grep . |
		tail -n 1)"
}

cat >client.awk <<END
BEGIN {
	s = "/inet/tcp/0/$address/8000"
	printf "$request" |& s
	while ((s |& getline line) > 0) print line
}
END
hello gawk gawk -f client.awk
hello bash bash -c "exec 3<>/dev/tcp/$address/8000
	printf '$request' >&3; cat <&3"
hello zsh zsh -c "zmodload zsh/net/tcp; ztcp $address 8000
	printf '$request' >&\$REPLY; cat <&\$REPLY"
cat >client.vim <<END
let channel = ch_open('$address:8000', {'mode': 'nl', 'waittime': 30000})
call ch_sendraw(channel, "GET /hello HTTP/1.0\\r\\n\\r\\n")
while ch_status(channel) == 'open'
  call writefile([ch_read(channel, {'timeout': 30000})], 'vim.out', 'a')
endwhile
qa!
END
client 8000 vim -u NONE -i NONE -es -S client.vim </dev/null
same Vim 1 "$(grep -c '^hello' vim.out)"
hello Lua lua5.3 -e "print((require('socket.http').request('$url')))"
echo "package require http; puts [http::data [http::geturl $url]]" >client.tcl
hello Tcl tclsh client.tcl
hello Guile guile-3.0 --no-auto-compile -c "
	(use-modules (web client) (ice-9 receive) (rnrs bytevectors))
	(receive (head body) (http-get \"$url\")
	  (display (if (string? body) body (utf8->string body))))"
hello SWI-Prolog swipl -g "use_module(library(http/http_open)),
	http_open('$url', S, []), read_string(S, _, T), write(T), halt"
hello Racket racket -l racket/base -l racket/tcp -l racket/port -e "
	(let-values ([(in out) (tcp-connect \"$address\" 8000)])
	  (display \"GET /hello HTTP/1.0\r\n\r\n\" out)
	  (flush-output out)
	  (display (port->string in)))"
hello Emacs emacs -Q --batch --eval "
	(with-current-buffer (url-retrieve-synchronously \"$url\")
	  (princ (buffer-string)))"
check "no TCP connection was tried" no_opens
finish
