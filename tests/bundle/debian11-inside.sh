#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Debian 11's own programs, each a server and a client over vsock; in the test
# kernel, in a root of that release.
#
#	debian11-inside.sh TCP2VSOCK	the command, as it is called in that root
set -u
tcp2vsock=$1
failed=0
PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
export PATH LC_ALL
work=$(mktemp -d) && chmod 755 "$work" && cd "$work" || exit 99

server()
{
	name=$1 port=$2
	shift 2
	"$tcp2vsock" -m "listen *:$port = vsock:any:$port" "$@" \
		>"$name.log" 2>&1 </dev/null &
}

client()
{
	"$tcp2vsock" -m 'connect *.internal:1-65535 = vsock:local:1-65535' "$@"
}

# answers WANTED COMMAND...: at last, since servers take their time to listen.
answers()
{
	wanted=$1
	shift
	tries=0
	while [ "$(client "$@" 2>last)" != "$wanted" ]; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || {
			echo "FAIL: $*: $(cat last)"
			failed=1
			return
		}
		sleep 0.2
	done
	echo "ok: $*"
}

server redis 6379 redis-server --port 6379 --save '' --protected-mode no
echo hello >hello
server python 8000 python3 -m http.server 8000
server node 3000 node -e '
	require("http").createServer((request, response) => {
		response.end("node says hello\n");
	}).listen(3000);'
mkdir postgres && chown postgres postgres
# shellcheck disable=SC2211
postgres=$(echo /usr/lib/postgresql/*/bin)
setpriv --reuid postgres --regid postgres --clear-groups \
	"$postgres/initdb" -D postgres/data -A trust --no-sync >initdb.log 2>&1
echo 'host all all all trust' >>postgres/data/pg_hba.conf
server postgres 5432 setpriv --reuid postgres --regid postgres --clear-groups \
	"$postgres/postgres" -D "$work/postgres/data" -k "$work/postgres" -F

answers PONG redis-cli -h cache.internal ping
answers hello curl -sS http://files.internal:8000/hello
answers "b'hello\\n'" python3 -c 'import urllib.request
print(urllib.request.urlopen("http://files.internal:8000/hello").read())'
answers 'node says hello' curl -sS http://node.internal:3000/
answers hello node -e 'require("http").get("http://files.internal:8000/hello",
	(answer) => answer.pipe(process.stdout))'
answers hello busybox wget -qO- http://files.internal:8000/hello
answers 42 psql -h db.internal -U postgres -Atc 'select 6 * 7'

# It is by vsock: nothing listens at those ports of TCP.
grep -q ':18EB ' /proc/net/tcp /proc/net/tcp6 && {
	echo 'FAIL: redis listens on TCP'
	failed=1
}
exit $failed
