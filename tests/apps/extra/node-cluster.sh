#!/bin/sh
# SPDX-License-Identifier: MIT
# Node.js: a cluster of workers that share a listener, which the primary passes
# to them over a socket of its own.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs node nodejs curl curl ss iproute2
in_rig 400

cat >server.js <<'END2'
const http = require("http");
const cluster = require("cluster");
const workers = Number(process.argv[3]);

if (workers && cluster.isPrimary) {
  for (let n = 0; n < workers; n++) cluster.fork();
} else {
  http.createServer((request, response) => {
    let length = 0;
    request.on("data", (part) => { length += part.length; });
    request.on("end", () => {
      response.end(`${request.method} ${length} ` +
        `${request.socket.localPort}\n`);
    });
  }).listen(Number(process.argv[2]), "0.0.0.0");
}
END2
cat >client.js <<'END2'
const http = require("http");
const [host, port] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 10 });
let left = 100, good = 0;
for (let n = 0; n < 100; n++) {
  const request = http.request({ host, port, agent, method: "POST" }, (r) => {
    let text = "";
    r.on("data", (part) => { text += part; });
    r.on("end", () => {
      if (text === `POST ${n * 1000} ${port}\n`) good++;
      if (--left === 0) { console.log(good, "answers"); agent.destroy(); }
    });
  });
  request.end(Buffer.alloc(n * 1000));
}
END2

head -c 3000000 /dev/urandom >file
start cluster 8100 node server.js 8100 3
server=$pid
up cluster 8100
same "GET" "GET 0 8100" \
	"$(client 8100 curl -sS -m 60 "http://$address:8100/")"
same "3 MB up" "POST 3000000 8100" "$(client 8100 \
	curl -sS -m 60 --data-binary @file "http://$address:8100/")"
same "100 requests over ten connections" "100 answers" \
	"$(client 8100 node client.js $address 8100)"
check "no TCP socket was made for any of it" no_tcp 8100
stop $server
check "no TCP connection was tried" no_opens
finish
