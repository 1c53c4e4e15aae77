#!/bin/sh
# SPDX-License-Identifier: MIT
# Node: an HTTP server, a client that keeps connections and one that pipes a
# stream back, a refusal. libuv with its own event loop and resolver threads.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs node nodejs curl curl ss iproute2
in_rig 240

cat >server.js <<'END'
const http = require('http');
http.createServer((request, answer) => {
	answer.setHeader('peer', request.socket.remoteAddress);
	if (request.method == 'POST')
		request.pipe(answer);
	else
		answer.end('hello from node\n');
}).listen(3000);
END
cat >client.js <<'END'
const http = require('http');
const crypto = require('crypto');
const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
const host = process.argv[2];
const sent = crypto.randomBytes(1000000);

function ask(number) {
	return new Promise((good, bad) => {
		const r = http.request({ host, port: 3000, agent, method: 'POST' },
			(answer) => {
				const parts = [];
				answer.on('data', (part) => parts.push(part));
				answer.on('end', () => good(
					Buffer.concat(parts).equals(sent) &&
					r.socket.remoteAddress == host &&
					r.socket.remotePort == 3000));
			});
		r.on('error', bad);
		r.end(sent);
	});
}

(async () => {
	const good = await Promise.all([...Array(12).keys()].map(ask));
	console.log('echoed', good.filter((x) => x).length);
	agent.destroy();
	http.get({ host, port: 3001 }).on('error', (e) => console.log(e.code));
})();
END
start node 3000 node server.js
node=$pid
up node 3000
same "curl" "hello from node" \
	"$(client 3000 curl -sS --max-time 60 http://$address:3000/)"
node_client() (
	redirected "connect $address:3000-3001 = vsock:local:3000-3001" \
		node client.js $address
)
same "12 megabytes echoed over 4 kept connections; then a refusal" \
	"echoed 12 ECONNREFUSED" "$(node_client 2>&1 | paste -sd ' ')"
check "no TCP socket was made for port 3000" no_tcp 3000
stop $node
finish
