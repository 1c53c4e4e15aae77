#!/bin/sh
# SPDX-License-Identifier: MIT
# Databases, an X server and Docker's client at Unix sockets that lead to vsock.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
bin=$(echo /usr/lib/postgresql/*/bin | sed 's/.* //')
PATH=$bin:$PATH
needs postgres postgresql psql postgresql-client mariadbd mariadb-server \
	mariadb mariadb-client Xvfb xvfb xdpyinfo x11-utils xprop x11-utils \
	docker docker.io python3 python3 ss iproute2
[ -z "$TCP$WHOLE" ] || exit 77
in_rig 500

# dial PORT NAME COMMAND...
dial() {
	port=$1 name=$2
	shift 2
	(redirected "connect unix:$name = vsock:local:$port" "$@")
}

# ---- PostgreSQL: both ends -----------------------------------------------

as() {
	setpriv --reuid postgres --regid postgres --clear-groups -- "$@"
}
mkdir data
chown postgres data .
check "initdb" as initdb -D data -A trust -U postgres --no-sync
cat >>data/postgresql.conf <<END
listen_addresses = ''
unix_socket_directories = '$PWD'
fsync = off
max_connections = 20
END
launch postgres redirected "listen unix:$PWD/.s.PGSQL.5432 = vsock:any:5432" \
	setpriv --reuid postgres --regid postgres --clear-groups -- \
	postgres -D data
postgres=$pid
check "postgres listens" wait_for listens 5432 || cat postgres.log
sql() {
	dial 5432 "$PWD/.s.PGSQL.5432" psql -h "$PWD" -U postgres -XAtq "$@"
}
wait_for sql -c 'select 1'
same "psql by its socket" "5000 t" "$(sql -F ' ' -c \
	'select count(*), inet_client_addr() is null from generate_series(1, 5000)')"
same "a large answer" 3000000 "$(sql -c "select repeat('x', 3000000)" | tr -d '\n' | wc -c)"
sql -c 'select pg_sleep(60)' >sleep.log 2>&1 &
cancelled() {
	[ "$(sql -c "select pg_cancel_backend(pid) from pg_stat_activity
		where query like 'select pg_sleep%'")" = t ]
}
wait_for cancelled
wait $!
same "a query that is cancelled" \
	"ERROR:  canceling statement due to user request" "$(cat sleep.log)"
same "peer lets no stranger in" 1 "$(
	sed -i 's/^local.*all.*all.*trust/local all all peer/' data/pg_hba.conf
	as pg_ctl -D data reload >/dev/null
	wait_for sh -c 'grep -q "received SIGHUP" postgres.log'
	sql -c 'select 1' 2>&1 | grep -c 'Peer authentication failed')"
kill -INT $postgres
wait $postgres
check "its file and lock are gone" sh -c '! ls .s.PGSQL*'

# ---- MariaDB ---------------------------------------------------------------

mkdir mysql
chown mysql . mysql
# The test kernel has no room for eight terabytes of addresses.
settings="--no-defaults --user=mysql --datadir=$PWD/mysql
	--innodb-buffer-pool-size-max=64M --innodb-buffer-pool-size=32M"
# shellcheck disable=SC2086 # words
mariadb-install-db $settings --auth-root-authentication-method=normal \
	>install.log 2>&1 || cat install.log
# shellcheck disable=SC2086 # words
launch mariadb redirected "listen unix:$PWD/mysql.sock = vsock:any:3306" \
	mariadbd $settings --socket="$PWD/mysql.sock" --skip-networking
check "mariadbd listens" wait_for listens 3306 || cat mariadb.log
query() {
	dial 3306 "$PWD/mysql.sock" mariadb --no-defaults -S mysql.sock -N -e "$1" mysql
}
wait_for query 'select 1'
same "mariadb by its socket" "500500" \
	"$(query 'select sum(seq) from seq_1_to_1000')"
same "a large answer" 3000000 \
	"$(query "select repeat('y', 3000000)" | tr -d '\n' | wc -c)"
stop $pid

# ---- X: a path and an abstract name of one server ---------------------------

mkdir -p /tmp/.X11-unix
x=/tmp/.X11-unix/X7
launch Xvfb redirected "listen unix:$x = vsock:any:6007
	listen unix:@$x = vsock:any:6007" Xvfb :7 -nolisten tcp -ac -noreset
check "Xvfb listens" wait_for listens 6007 || cat Xvfb.log
# Its own file would be found; on another machine there is none.
see() {
	(redirected "connect unix:$x = vsock:local:6007
		connect unix:@$x = vsock:local:6007" "$@")
}
wait_for see xdpyinfo -display :7
same "xdpyinfo" ":7" "$(see xdpyinfo -display :7 |
	sed -n 's/^name of display: *//p')"
see xprop -display :7 -root -f GREETING 8s -set GREETING hello
same "xprop" 'GREETING(STRING) = "hello"' \
	"$(see xprop -display :7 -root GREETING)"
stop $pid

# ---- Docker's client, which is Go's -----------------------------------------

cat >daemon.py <<'END'
import http.server, json, socketserver
answers = {
    "version": {"ApiVersion": "1.41", "MinAPIVersion": "1.12", "Version": "1",
                "Os": "linux", "Arch": "amd64"},
    "json": [{"Id": "0123456789abcdef", "Names": ["/far"], "Image": "away",
              "Command": "run", "Created": 1, "Ports": [], "Status": "Up"}],
}
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_HEAD(self):
        self.do_GET()
    def do_GET(self):
        name = self.path.split("?")[0].rsplit("/", 1)[1]
        body = json.dumps(answers.get(name, "OK")).encode()
        self.send_response(200)
        self.send_header("Api-Version", "1.41")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
    def log_message(self, *args):
        pass
class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    def get_request(self):
        return super().get_request()[0], ("unix", 0)
Server("/run/docker.sock", Handler).serve_forever()
END
launch daemon redirected 'listen unix:/run/docker.sock = vsock:any:2375' \
	python3 daemon.py
check "a daemon listens" wait_for listens 2375 || cat daemon.log
rm /run/docker.sock # on another machine there is none
ask() {
	(redirected 'connect unix:/run/docker.sock = vsock:local:2375' \
		docker "$@")
}
same "docker ps" "far away" "$(ask ps --format '{{.Names}} {{.Image}}')"
same "docker version" 1.41 "$(ask version --format '{{.Server.APIVersion}}')"
(redirected 'connect unix:/run/docker.sock = refuse' docker ps) >refused 2>&1
check "docker, refused" grep 'Cannot connect to the Docker daemon' refused
same "docker, supervised" "far away" "$(TCP2VSOCK_LIBRARY='' \
	"$builddir/launcher/tcp2vsock" --engine=supervise \
	-m 'connect unix:/run/docker.sock = vsock:local:2375' -- \
	docker ps --format '{{.Names}} {{.Image}}')"
finish
