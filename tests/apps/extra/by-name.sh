#!/bin/sh
# SPDX-License-Identifier: MIT
# A name of the table, where there is no resolver, no nsswitch.conf, nothing in
# /etc/hosts and no network card: wget, PHP, Ruby, Perl, ncat, socat, openssl,
# telnet and getent, with IPv4, IPv6 or whichever.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs wget wget php php-cli ruby ruby perl perl python3 python3 ncat ncat \
	socat socat openssl openssl telnet inetutils-telnet ss iproute2
in_rig 300
[ -n "${ALONE:-}" ] || {
	root=
	[ "$(id -u)" = 0 ] || root=-r
	ALONE=1 exec unshare $root -m sh \
		"$srcdir/tests/apps/extra/by-name.sh"
}

: >nothing
host=web.internal
if [ -n "$TCP" ]; then
	busybox ip addr add fd00::5/128 dev lo
	printf '%s\n' "$address $host any.wild.test" \
		"fd00::5 $host any.wild.test" >hosts
else
	: >hosts
fi
mount --bind hosts /etc/hosts && mount --bind nothing /etc/resolv.conf &&
	mount --bind nothing /etc/nsswitch.conf || exit 99

cat >server.py <<'END2'
import http.server, socket

class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"hello %s\n" % self.headers["Host"].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

Server(("::", 8000), Handler).serve_forever()
END2
start server 8000 python3 server.py
server=$pid
up server 8000

# by_name COMMAND...: one that knows nothing but the name.
by_name() {
	(redirected "connect $host:8000 = vsock:local:8000
		connect *.wild.test:8000 = vsock:local:8000" "$@")
}

# hello WHAT COMMAND...: it prints the server's answer.
hello() {
	what=$1
	shift
	same "$what" "hello $host:8000" "$(by_name "$@" 2>&1 | tr -d '\r' |
		grep -a '^hello' || by_name "$@" 2>&1 | tail -n 3)"
}

url=http://$host:8000/
request="GET / HTTP/1.0\r\nHost: $host:8000\r\n\r\n"
for option in '' -4 -6; do
	hello "wget $option" wget $option -q -T 60 -t 1 -O - $url
done
hello 'PHP: file_get_contents()' php -r "print file_get_contents('$url');"
hello 'PHP: fsockopen()' php -r "\$f = fsockopen('$host', 8000);
	fwrite(\$f, \"$request\"); print stream_get_contents(\$f);"
hello 'PHP: gethostbyname(), a socket of its own' php -r "
	\$f = stream_socket_client('tcp://' . gethostbyname('$host') . ':8000');
	fwrite(\$f, \"$request\"); print stream_get_contents(\$f);"
hello 'Ruby: Net::HTTP' ruby -rnet/http -e "print Net::HTTP.get(URI('$url'))"
hello 'Ruby: TCPSocket' ruby -rsocket -e "s = TCPSocket.new('$host', 8000)
	s.write(\"$request\"); print s.read"
hello 'Ruby: Addrinfo, IPv6' ruby -rsocket -e "
	s = Addrinfo.getaddrinfo('$host', 8000, :INET6, :STREAM)[0].connect
	s.write(\"$request\"); print s.read"
hello 'Perl: HTTP::Tiny' perl -MHTTP::Tiny -e "
	print HTTP::Tiny->new(timeout => 60)->get('$url')->{content}"
hello 'Perl: IO::Socket::INET' perl -MIO::Socket::INET -e "
	my \$s = IO::Socket::INET->new('$host:8000') or die \"\$@\";
	print \$s \"$request\"; print <\$s>"
hello 'Perl: IO::Socket::IP, IPv6' perl -MIO::Socket::IP -e "
	my \$s = IO::Socket::IP->new(PeerHost => '$host', PeerPort => 8000,
		Family => Socket::AF_INET6) or die \"\$@\";
	print \$s \"$request\"; print <\$s>"
# shellcheck disable=SC2059 # the escapes are meant
printf "$request" >request
for option in '' -4 -6; do
	hello "ncat $option" sh -c "ncat $option $host 8000 <request"
done
hello 'socat' sh -c "socat -t 60 - TCP:$host:8000 <request"
hello 'socat, IPv6' sh -c "socat -t 60 - TCP6:$host:8000 <request"
# answers WHAT PATTERN COMMAND...: whatever its status.
answers() {
	what=$1 pattern=$2
	shift 2
	by_name "$@" >answer 2>&1 </dev/null
	check "$what" grep -Eq "$pattern" answer || sed 's/^/    /' answer
}
answers 'openssl: connected' CONNECTED openssl s_client -connect $host:8000
answers 'telnet: connected' 'Connected to' telnet $host 8000
if [ -z "$TCP" ]; then
	answers 'getent hosts' "fd76:736f:636b:1::1:4c47 *$host" getent hosts $host
	answers 'getent ahostsv4' '^198.19.76.71 *STREAM web.internal' \
		getent ahostsv4 WEB.internal.
	answers 'getent, back' "198.19.76.71 *$host" getent hosts 198.19.76.71
fi
answers 'PHP: another port is refused' 'refused' \
	php -r "fsockopen('$host', 8001);"
answers 'Ruby: ... and so it is here' ECONNREFUSED \
	ruby -rsocket -e "TCPSocket.new('$host', 8001)"
answers 'Perl: a name that no rule has' 'not known|Bad hostname|failure' \
	perl -MIO::Socket::INET -e '
	IO::Socket::INET->new("other.internal:8000") or die "$@"'
stop $server
check "no TCP connection was tried" no_opens
finish
