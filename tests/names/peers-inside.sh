#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Servers that trust loopback, and a peer that is not.
#
#	peers-inside.sh HERE LIBRARY FAR CLUSTER
set -u
here=$1 library=$2 far=$3 cluster=$4
. "$here/lib.sh"
far=$(readable "$far" far.so)

# What a client dials as loopback is in another virtual machine. That must not
# make the machine look like loopback.
trap_rules='connect 127.0.0.1:4000 = vsock:3:5432
connect 127.0.0.1:* = vsock:local:*
connect [::1]:* = vsock:local:*
connect *:4001 = vsock:3:1
listen *:* = vsock:any:*
'
rules=$trap_rules

# served CID RULES COMMAND...: a server to which every peer has that CID.
served()
{
	cid=$1 served_rules=$2
	shift 2
	env LD_PRELOAD="$library $far" FAR_CID="$cid" \
		TCP2VSOCK_MAP="$served_rules" "$@"
}

# ---- nginx ------------------------------------------------------------------

nginx_conf()
{
	cat <<-END
	# IPv6 is on a port of its own: two addresses share one vsock port.
	daemon off; master_process off; pid $work/nginx.$1.pid;
	error_log stderr;
	events { }
	http {
		access_log off;
		client_body_temp_path $work/n1; proxy_temp_path $work/n2;
		fastcgi_temp_path $work/n3; uwsgi_temp_path $work/n4;
		scgi_temp_path $work/n5;
		server {
			listen 127.0.0.1:$1; listen [::1]:1$1;
			location / { allow $2; allow ::1; deny all;
				root $work/www; }
			location /who { return 200 "you are \$remote_addr\n"; }
		}
	}
	END
}

web()
{
	mapped curl -s -S --max-time 20 "$@"
}

# start_nginx PORT CID RULES ALLOW
start_nginx()
{
	nginx_conf "$1" "$4" >"$work/nginx.$1.conf"
	served "$2" "$3" nginx -c "$work/nginx.$1.conf" 2>"$work/nginx.$1.log" &
	until_ready web "http://127.0.0.1:$1/who"
}

nginx_tests()
{
	have nginx || return
	mkdir "$work/www"
	echo hello >"$work/www/index.html"
	start_nginx 8001 1 "$rules" 127.0.0.1
	gives '^hello' 'nginx: CID 1 is let in' \
		web http://127.0.0.1:8001/
	gives '^hello' 'nginx: CID 1 is let in over IPv6' \
		web 'http://[::1]:18001/'
	start_nginx 8002 3 "$rules" 127.0.0.1
	gives '^you are 100.64.0.3' 'nginx: CID 3 has an address of its own' \
		web http://127.0.0.1:8002/who
	refuses '403 Forbidden' 'nginx: CID 3 is not let in as 127.0.0.1' \
		web http://127.0.0.1:8002/
	gives '^you are fd76:736f:636b::3' 'nginx: and an IPv6 one' \
		web 'http://[::1]:18002/who'
	refuses '403 Forbidden' 'nginx: nor as ::1' web 'http://[::1]:18002/'
	start_nginx 8003 3 "peer vsock:3 = 10.0.0.3
$rules" 10.0.0.3
	gives '^hello' 'nginx: a peer rule names CID 3' \
		web http://127.0.0.1:8003/
	start_nginx 8004 3 "connect 10.1.1.1:1 = vsock:3:1
$rules" 10.1.1.1
	gives '^hello' 'nginx: and so does a connect rule' \
		web http://127.0.0.1:8004/
	start_nginx 8005 3 "connect 127.0.0.1:1-65535 = vsock:3:1-65535
connect [::1]:* = vsock:3:*
$rules" 127.0.0.0/8
	refuses '403 Forbidden' 'nginx: CID 3 behind all of 127.0.0.1' \
		web http://127.0.0.1:8005/
	refuses '403 Forbidden' 'nginx: CID 3 behind all of ::1' \
		web 'http://[::1]:18005/'
}

# ---- redis ------------------------------------------------------------------

start_redis()
{
	served "$2" "$rules" redis-server --port "$1" --bind "$3" \
		--protected-mode yes --save '' --appendonly no --dir "$work" \
		>"$work/redis.$1.log" 2>&1 &
	until_ready grep 'Ready to accept' "$work/redis.$1.log"
}

# greeting HOST PORT: what a server says of its own accord.
greeting()
{
	mapped python3 -c 'import socket, sys
print(socket.create_connection((sys.argv[1], sys.argv[2]), 20).recv(200))' "$@"
}

redis_tests()
{
	have redis-server || return
	start_redis 6401 1 127.0.0.1
	start_redis 6402 3 127.0.0.1
	start_redis 6403 3 ::1
	gives '^PONG' 'redis: protected mode lets CID 1 in' \
		mapped redis-cli -p 6401 ping
	gives 'DENIED Redis is running in protected mode' \
		'redis: protected mode keeps CID 3 out' greeting 127.0.0.1 6402
	gives 'DENIED Redis is running in protected mode' \
		'redis: and over IPv6' greeting ::1 6403
}

# ---- PostgreSQL --------------------------------------------------------------

start_postgres()
{
	data=$work/pg.$1
	cp -R "$cluster" "$data"
	printf '%s\n' 'host all all 127.0.0.1/32 trust' \
		'host all all ::1/128 trust' >"$data/pg_hba.conf"
	chmod 700 "$data"
	[ "$(id -u)" != 0 ] || chown -R nobody "$data"
	served "$2" "$rules" "$here/as.sh" nobody "$postgres" -D "$data" \
		-p "$1" -c listen_addresses="$3" \
		-c unix_socket_directories= -c fsync=off -c autovacuum=off \
		>"$work/pg.$1.log" 2>&1 &
}

sql()
{
	mapped psql -X -A -t -h "$1" -p "$2" -U nobody -d postgres -c "$3"
}

knows_us()
{
	sql "$1" "$2" 'select 1' 2>&1 | grep -Eq '^1$|no pg_hba.conf entry'
}

postgres_tests()
{
	postgres=$(ls /usr/lib/postgresql/*/bin/postgres 2>/dev/null | tail -n 1)
	have "${postgres:-postgres}" || return
	start_postgres 5401 1 127.0.0.1
	start_postgres 5402 3 127.0.0.1
	start_postgres 5403 3 ::1
	until_ready knows_us 127.0.0.1 5401
	gives '^127.0.0.1' 'PostgreSQL: CID 1 is trusted as 127.0.0.1/32' \
		sql 127.0.0.1 5401 'select host(inet_client_addr())'
	until_ready knows_us 127.0.0.1 5402
	refuses 'no pg_hba.conf entry for host "100.64.0.3"' \
		'PostgreSQL: CID 3 is not' sql 127.0.0.1 5402 'select 1'
	until_ready knows_us ::1 5403
	refuses 'no pg_hba.conf entry for host "fd76:736f:636b::3"' \
		'PostgreSQL: nor as ::1/128' sql ::1 5403 'select 1'
}

# ---- the table ---------------------------------------------------------------

table_tests()
{
	for peer in 127.0.0.1 127.1.2.3 ::1 ::ffff:127.0.0.1; do
		rules="peer vsock:3 = $peer"
		refuses "can't be shown as loopback" "the table refuses $rules" \
			mapped /bin/true
	done
	for peer in 127.0.0.1 ::1; do
		rules="peer vsock:local = $peer"
		gives alive "the table takes $rules" mapped /bin/echo alive
	done
	rules='peer vsock:local = 10.0.0.1'
	refuses 'CID 1 is always shown as loopback' "the table refuses $rules" \
		mapped /bin/true
}

nginx_tests
redis_tests
postgres_tests
table_tests
finish
