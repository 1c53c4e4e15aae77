#!/bin/sh
# SPDX-License-Identifier: MIT
# Servers of many processes or threads, each with its way to share the work:
# Dante, whose processes pass clients' sockets to each other; Knot DNS, whose
# threads each have a listener (SO_REUSEPORT); unicorn, which is replaced by its
# next self under way; Starman; thin, with EventMachine; Mono's asynchronous
# sockets. nmap sees which ports are open.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs danted dante-server knotd knot kdig knot-dnsutils unicorn unicorn \
	starman starman thin thin mono mono-runtime mcs mono-mcs nmap nmap \
	curl curl python3 python3 ss iproute2
in_rig 400
chmod 777 .
export HOME="$RIG_TMP"

mkdir root && echo hello >root/hello
head -c 1000000 /dev/urandom >root/file
start web 8000 python3 -m http.server -d root 8000
up web 8000
# fetch PORT CURL-ARGUMENT...
fetch() {
	port=$1
	shift
	client "$port" curl -sS --max-time 60 "$@"
}

cat >danted.conf <<END
logoutput: stderr
internal: 127.0.0.1 port = 1080
external: 127.0.0.1
clientmethod: none
socksmethod: none
user.privileged: root
user.unprivileged: nobody
client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
END
# On TCP, it would have to listen at the address that clients dial.
[ -z "$TCP" ] || sed -i "s/^internal: [0-9.]*/internal: $address/" danted.conf
launch danted redirected "listen *:1080 = vsock:any:1080
	connect $address:8000 = vsock:local:8000" \
	danted -f "$PWD/danted.conf" -p "$PWD/danted.pid" -N 2
up danted 1080
check "Dante: a file through its processes" fetch 1080 \
	--socks5 $address:1080 -o back "http://$address:8000/file"
check "... is whole" cmp back root/file
check "Dante: 20 clients" fetch 1080 -f -Z --parallel-max 10 \
	--socks5 $address:1080 -o /dev/null "http://$address:8000/hello?[1-20]"
stop "$pid"

cat >knot.conf <<END
server:
    listen: 127.0.0.1@7053
    rundir: $PWD
    tcp-workers: 3
    tcp-reuseport: on
database:
    storage: $PWD/knot
zone:
  - domain: example
    file: $PWD/zone
END
printf '%s\n' '$ORIGIN example.' '@ 60 SOA a b 1 2 3 4 5' '@ 60 NS a' \
	'a 60 A 192.0.2.1' >zone
start knot 7053 knotd -c "$PWD/knot.conf"
up knot 7053
same "Knot DNS: eight questions to three threads" 8 \
	"$(for n in 1 2 3 4 5 6 7 8; do
		client 7053 kdig +tcp +short -p 7053 @$address a.example
	done | grep -c 192.0.2.1)"
stop "$pid"

cat >config.ru <<'END'
run lambda { |env|
  [200, {'Content-Type' => 'text/plain'},
   ["#{Process.ppid} #{env['REMOTE_ADDR']}"]] }
END
many() { fetch "$1" -f -Z --parallel-max 10 -o /dev/null \
	"http://$address:$1/?[1-20]"; }
start thin 7501 thin -R config.ru -a 0.0.0.0 -p 7501 start
up thin 7501
check "thin: 20 clients" many 7501
stop "$pid"

printf 'worker_processes 2\nlisten "0.0.0.0:7502"\npid "%s/unicorn.pid"\n' \
	"$PWD" >unicorn.rb
start unicorn 7502 unicorn -c unicorn.rb config.ru
unicorn=$pid
up unicorn 7502
serves() { [ "$(fetch 7502 "http://$address:7502/")" = "$1 127.0.0.1" ]; }
check "unicorn: its workers" wait_for serves $unicorn
kill -USR2 $unicorn
replaced() { [ -s unicorn.pid ] && [ "$(cat unicorn.pid)" != $unicorn ]; }
check "... are joined by those of its next self" wait_for replaced
kill -QUIT $unicorn
check "... when the first one ends" wait $unicorn
check "... which serve" wait_for serves "$(cat unicorn.pid)"
kill "$(cat unicorn.pid)"

echo 'sub { [200, [], [$_[0]{REMOTE_ADDR}]] }' >app.psgi
start starman 7503 starman --listen 0.0.0.0:7503 --workers 2 app.psgi
up starman 7503
check "Starman: 20 clients" many 7503
same "... and whom it sees" 127.0.0.1 "$(fetch 7503 "http://$address:7503/")"
stop "$pid"

cat >Echo.cs <<'END'
using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
class Echo {
	static async Task Serve(TcpListener listener) {
		for (;;) {
			var one = await listener.AcceptTcpClientAsync();
			var line = new StreamWriter(one.GetStream());
			await line.WriteLineAsync("" +
				((IPEndPoint)one.Client.RemoteEndPoint).Address);
			line.Flush();
			one.Close();
		}
	}
	static void Main(string[] args) {
		var listener = new TcpListener(IPAddress.Any, 7504);
		int answers = 0;
		listener.Start();
		Serve(listener);
		Parallel.For(0, 20, n => {
			using (var one = new TcpClient(args[0], 7504))
				if (new StreamReader(one.GetStream()).ReadLine() != null)
					Interlocked.Increment(ref answers);
		});
		Console.WriteLine(answers);
		try {
			new TcpClient(args[0], 7505);
		} catch (SocketException e) {
			Console.WriteLine(e.SocketErrorCode);
		}
	}
}
END
check "Mono's compiler" mcs Echo.cs
mono_both() (
	redirected "listen *:7504 = vsock:any:7504
		connect $address:7504-7505 = vsock:local:7504-7505" \
		mono Echo.exe $address
)
same "Mono: 20 clients, and a refusal" "20 ConnectionRefused" \
	"$(mono_both 2>&1 | paste -sd ' ')"

scan() (
	redirected "connect $address:8000-8002 = vsock:local:8000-8002" \
		nmap -n -sT -Pn -p 8000-8002 $address
)
same "nmap: one port of three is open" "open closed closed" \
	"$(scan | awk '/tcp/ { print $2 }' | paste -sd ' ')"
check "no TCP connection was tried" no_opens
finish
