#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Servers and clients that know of TCP only, in real guests and on their host:
# what reaches whom, under which address, and what the servers make of it that
# trust their own machine; then a guest that hangs, and a monitor that is gone.
# In the top of a build tree.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
bin=$(echo /usr/lib/postgresql/*/bin | sed 's/.* //')
PATH=$bin:$PATH
for program in postgres psql redis-server redis-cli nginx curl setpriv; do
	command -v $program >/dev/null || skip "$program is missing"
done

# ---- what the guests need ------------------------------------------------

as_postgres="setpriv --reuid postgres --regid postgres --clear-groups --"

cat >"$dir/server.rules" <<END
listen *:* = vsock:any:*
connect local.internal:* = vsock:local:*
peer vsock:host = 10.9.0.2
END
sed '$apeer vsock:4 = 10.0.0.4' "$dir/server.rules" >"$dir/friend.rules"
cat >"$dir/sibling.rules" <<END
connect sibling.internal:* = vsock:3:* timeout=20s
connect host.internal:* = vsock:host:* timeout=20s
connect nobody.internal:* = vsock:77:* timeout=1s
END
cat >"$dir/host.rules" <<END
connect guest.internal:* = hvsock:$dir/v3.sock:* timeout=20s
connect hangs.internal:* = hvsock:$dir/v3.sock:* timeout=1s
listen *:* = hvsock:$dir/v4.sock:*
END
mkdir -p "$dir/www/local" "$dir/www/friend"
echo "for this machine" >"$dir/www/local/page"
echo "for a friend" >"$dir/www/friend/page"
seq 1 300000 >"$dir/www/large"

# nginx_conf PORT
nginx_conf() {
	cat <<-END
	daemon off;
	user root;
	worker_processes 1;
	error_log stderr notice;
	pid /run/nginx.$1.pid;
	events { worker_connections 64; }
	http {
		access_log off;
		client_body_temp_path /run/body.$1;
		proxy_temp_path /run/proxy.$1;
		fastcgi_temp_path /run/fastcgi.$1;
		uwsgi_temp_path /run/uwsgi.$1;
		scgi_temp_path /run/scgi.$1;
		root $dir/www;
		server {
			listen $1;
			location /who { return 200 "\$remote_addr\n"; }
			location /local/ {
				allow 127.0.0.0/8; allow ::1; deny all;
			}
			location /friend/ { allow 10.0.0.4; deny all; }
		}
	}
	END
}
nginx_conf 80 >"$dir/nginx.80"
nginx_conf 81 >"$dir/nginx.81"

mkdir "$dir/data"
chown postgres "$dir/data"
$as_postgres initdb -D "$dir/data" -A trust -U postgres --no-sync \
	>"$dir/initdb.log" 2>&1 || cat "$dir/initdb.log"
cat >>"$dir/data/postgresql.conf" <<END
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = off
END
cat >"$dir/data/pg_hba.conf" <<END
host all all 127.0.0.1/32 trust
host all all 10.9.0.2/32 trust
END
cat >"$dir/servers" <<END
cp -a "$dir/data" /run/data && cd /run || exit
$tcp2vsock -f "$dir/server.rules" -- $as_postgres $bin/postgres -D /run/data &
$tcp2vsock -f "$dir/server.rules" -- redis-server --save '' &
$tcp2vsock -f "$dir/server.rules" -- nginx -c "$dir/nginx.80" -e stderr &
$tcp2vsock -f "$dir/friend.rules" -- nginx -c "$dir/nginx.81" -e stderr &
wait
END
guests 3 4
guest_start 3 sh "$dir/servers"
servers=$job

# on_host, in_server, in_sibling COMMAND...
on_host() {
	$tcp2vsock -f "$dir/host.rules" -- "$@" 2>&1
}
in_server() {
	guest 3 $tcp2vsock -f "$dir/server.rules" -- "$@"
}
in_sibling() {
	guest 4 $tcp2vsock -f "$dir/sibling.rules" -- "$@"
}
# says WHAT TEXT OUTPUT
says() {
	case $3 in
	*"$2"*) same "$1" ok ok ;;
	*) same "$1" "$2" "$3" ;;
	esac
}

# Redis says so and closes at once: a client that writes late sees only that.
denied() {
	case $2 in
	*"Broken pipe"*) same "$1" ok ok ;;
	*) says "$1" DENIED "$2" ;;
	esac
}

psql="psql -U postgres -XAtq -h"
curl="curl -sS --max-time 60"
status="curl -sS --max-time 60 -o /dev/null -w %{http_code}"

# ---- from the host into the guest -----------------------------------------

answers() {
	[ "$(on_host $psql guest.internal -c 'select 6 * 7')" = 42 ] &&
		on_host $curl http://guest.internal/who &&
		on_host $curl http://guest.internal:81/who &&
		on_host redis-cli -h guest.internal ping
}
check "psql, curl and redis-cli on the host reach the guest" wait_for answers ||
	cat "$servers.out"
same "the host has the address of a peer rule" 10.9.0.2 \
	"$(on_host $psql guest.internal -c 'select host(inet_client_addr())')"
seq 1 20000 | sed 's/.*/&,text of &/' >"$dir/numbers"
on_host $psql guest.internal -c 'create table numbers (n int, t text)' \
	-c "\\copy numbers from $dir/numbers csv" \
	-c "\\copy numbers to $dir/copied csv"
check "COPY in and out" cmp "$dir/numbers" "$dir/copied"
on_host $curl -o "$dir/got" http://guest.internal/large
check "a large file" cmp "$dir/www/large" "$dir/got"
same "nginx: the host is not the guest's own machine" 403 \
	"$(on_host $status http://guest.internal/local/page)"
denied "redis: nor here" "$(on_host redis-cli -h guest.internal ping)"
says "a port where nobody is" "Connection refused" \
	"$(on_host $psql guest.internal -p 9)"

# ---- between guests, and within one ---------------------------------------

same "nginx: a guest is no other guest's machine" 403 \
	"$(in_sibling $status http://sibling.internal/local/page)"
same "... but has an address of its own" 100.64.0.4 \
	"$(in_sibling $curl http://sibling.internal/who)"
denied "redis: nor here" \
	"$(in_sibling redis-cli -h sibling.internal ping)"
says "postgres: nor here" 'no pg_hba.conf entry for host "100.64.0.4"' \
	"$(in_sibling $psql sibling.internal -c 'select 1')"
same "a peer rule's address is let in" "for a friend" \
	"$(in_sibling $curl http://sibling.internal:81/friend/page)"
same "... and is no other's" 403 \
	"$(in_sibling $status http://sibling.internal/friend/page)"
same "nginx: CID 1 is the machine itself" "for this machine" \
	"$(in_server $curl http://local.internal/local/page)"
same "redis: here, too" PONG "$(in_server redis-cli -h local.internal ping)"
same "postgres: here, too" 127.0.0.1 "$(in_server $psql local.internal \
	-c 'select host(inet_client_addr())')"
says "a guest's port where nobody is" "Connection refused" \
	"$(in_sibling $psql sibling.internal -p 9)"
says "a CID that nobody has" "timed out" \
	"$(in_sibling $psql nobody.internal -p 9)"
check "a guest without the loopback module" guest 4 rmmod vsock_loopback
itself="-m 'connect 10.0.0.1:* = vsock:local:*' -m 'connect 10.0.0.4:* = vsock:4:*'"
says "CID 1 leads to nobody there" "timed out" \
	"$(eval guest 4 $tcp2vsock $itself -- $psql 10.0.0.1 -p 9)"
says "nor does its own" "No route to host" \
	"$(eval guest 4 $tcp2vsock $itself -- $psql 10.0.0.4 -p 9)"

# ---- from the guest to the host -------------------------------------------

launch redis $tcp2vsock -f "$dir/host.rules" -- \
	redis-server --save '' --port 6379
launch locked $tcp2vsock -f "$dir/host.rules" -- \
	redis-server --save '' --port 6380 --requirepass swordfish
wait_for test -S "$dir/v4.sock_6379"
wait_for test -S "$dir/v4.sock_6380"
denied "redis on the host: a guest is not its machine" \
	"$(in_sibling redis-cli -h host.internal ping)"
same "... and with the password it is served" PONG "$(in_sibling redis-cli \
	-h host.internal -p 6380 -a swordfish --no-auth-warning ping)"

# ---- a guest that hangs, a monitor that is gone ----------------------------

launch held $tcp2vsock -f "$dir/host.rules" -- \
	$psql guest.internal -c "select pg_sleep(1000)"
held=$pid
sleeping() {
	on_host $psql guest.internal -c "select 1 from pg_stat_activity where
		query like '%pg_sleep(1000)%' and pid <> pg_backend_pid()" |
		grep -q 1
}
check "a query runs" wait_for sleeping
machine=$(pgrep -f "^qemu-system.*path=$dir/dev3")
kill -STOP $machine
says "a guest that hangs" "timed out" "$(on_host $psql hangs.internal)"
kill -CONT $machine
kill -KILL "$monitor_pid"
wait "$held"
says "the monitor ends in the middle of a query" "closed the connection" \
	"$(cat "$dir/held.log")"
says "... and is not there for the next" "No route to host" \
	"$(on_host $psql guest.internal)"
says "... nor for a guest" "timed out" \
	"$(in_sibling $psql nobody.internal -p 6380)"
finish
