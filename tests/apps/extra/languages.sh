#!/bin/sh
# SPDX-License-Identifier: MIT
# telnet, wget and ncat; perl's IO::Socket and IO::Select; ruby's WEBrick and
# Net::HTTP.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs perl perl ruby ruby-webrick telnet inetutils-telnet wget wget ncat ncat \
	ss iproute2
in_rig 300

cat >server.pl <<'END2'
use strict;
use IO::Socket::INET;
use IO::Select;
my $listener = IO::Socket::INET->new(LocalPort => 7000, Listen => 20,
	ReuseAddr => 1, Proto => "tcp") or die "listen: $@";
my $all = IO::Select->new($listener);
while (my @ready = $all->can_read) {
	for my $one (@ready) {
		if ($one == $listener) {
			my $new = $listener->accept or next;
			$all->add($new);
			next;
		}
		my $text;
		if (!sysread($one, $text, 65536)) {
			$all->remove($one);
			close $one;
			next;
		}
		syswrite($one, $one->sockport . " " . uc $text);
	}
}
END2
cat >client.pl <<'END2'
use strict;
use IO::Socket::INET;
my $answers = 0;
my @all = map { IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => 7000,
	Proto => "tcp", Timeout => 60) or die "connect: $@" } 1 .. 20;
for my $n (0 .. $#all) {
	my $one = $all[$n];
	die "peer" if $one->peerhost ne $ARGV[0] or $one->peerport != 7000;
	print $one "line $n\n";
	my $answer = <$one>;
	$answers++ if $answer eq "7000 LINE $n\n";
}
print "$answers\n";
my $none = IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => 7001,
	Timeout => 60);
print $!{ECONNREFUSED} ? "refused\n" : "$!\n";
END2
start perl 7000 perl server.pl
perl=$pid
up perl 7000
perl_client() (
	redirected "connect $address:7000-7001 = vsock:local:7000-7001" \
		perl client.pl $address
)
same "20 perl clients with a time limit; nobody there is a refusal" \
	"20
refused" "$(perl_client 2>&1)"

# What is typed is kept until the answer was seen.
answered() {
	grep -q "$2" "$1.log"
}
mkfifo typed
launch telnet client 7000 sh -c "exec telnet $address 7000 <typed"
telnet=$pid
exec 9>typed
echo "typed" >&9
check "telnet" wait_for answered telnet "7000 TYPED"
exec 9>&-
wait $telnet
check "telnet ends when told to" answered telnet "Connected to"
echo "piped" >piped
ncat_client() (
	redirected "connect $address:7000 = vsock:local:7000" \
		ncat --send-only $address 7000 <piped
)
check "ncat sends and ends" ncat_client
check "no TCP socket was made for port 7000" no_tcp 7000
stop $perl

cat >server.rb <<'END2'
require "webrick"
server = WEBrick::HTTPServer.new(Port: 8000, BindAddress: "0.0.0.0",
                                 DocumentRoot: "www", AccessLog: [])
server.mount_proc("/length") { |request, response|
  response.body = "#{request.body.to_s.bytesize} #{request.port}"
}
trap("TERM") { server.shutdown }
server.start
END2
cat >client.rb <<'END2'
require "net/http"
good = 0
threads = 10.times.map { |n|
  Thread.new {
    Net::HTTP.start(ARGV[0], 8000, open_timeout: 60, read_timeout: 60) { |http|
      5.times {
        answer = http.post("/length", "x" * (n * 1000))
        good += 1 if answer.body == "#{n * 1000} 8000"
      }
    }
  }
}
threads.each(&:join)
puts good
begin
  Net::HTTP.get(URI("http://#{ARGV[0]}:8001/"))
rescue SystemCallError => reason
  puts reason.class
end
END2
mkdir www
head -c 3000000 /dev/urandom >www/file
start webrick 8000 ruby server.rb
webrick=$pid
up webrick 8000
ruby_client() (
	redirected "connect $address:8000-8001 = vsock:local:8000-8001" \
		ruby client.rb $address
)
same "ten threads of ruby clients; nobody there is a refusal" \
	"50
Errno::ECONNREFUSED" "$(ruby_client 2>&1)"
client 8000 wget -q -T 60 -O got http://$address:8000/file
check "wget gets a file" cmp www/file got
head -c 1000000 www/file >got
client 8000 wget -q -T 60 -c -O got http://$address:8000/file
check "... and the rest of one" cmp www/file got
client 8000 wget -q -T 60 -t 1 -O /dev/null http://$address:8000/none
same "no such file" 8 $?
check "no TCP socket was made for port 8000" no_tcp 8000
stop $webrick
check "no TCP connection was tried" no_opens
finish
