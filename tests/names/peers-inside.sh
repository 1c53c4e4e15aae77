#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Servers that trust loopback, and a peer that is not.
#
#	peers-inside.sh HERE LIBRARY FAR CLUSTER WHENCE
set -u
here=$1 library=$2 far=$3 cluster=$4 whence=$5
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

# ---- in every way ------------------------------------------------------------

# seen_as EXPECTED CID ADDRESS PORT DIALLED: by four ways to accept, and eight to
# ask then.
seen_as()
{
	expected=$1 cid=$2 at=$3 port=$4 dialled=$5
	served "$cid" "$rules" "$whence" serve "$at" "$port" 5 \
		>"$work/whence" 2>&1 &
	server=$!
	mapped "$whence" knock "$dialled" "$port" 5 >"$work/err" 2>&1
	wait $server
	cp "$work/whence" "$work/out"
	if [ "$(sort -u "$work/whence")" = "$expected" ] &&
		[ "$(wc -l <"$work/whence")" = 5 ]; then
		pass "CID $cid at $at is $expected, in every way"
	else
		fail "CID $cid at $at is not $expected, in every way"
	fi
}

# The CIDs whose bytes or low bits look like loopback are among them.
every_way_tests()
{
	seen_as 127.0.0.1 1 127.0.0.1 4100 127.0.0.1
	seen_as ::1 1 ::1 4101 ::1
	seen_as ::ffff:127.0.0.1 1 :: 4102 127.0.0.1
	seen_as 100.64.0.3 3 127.0.0.1 4103 127.0.0.1
	seen_as 100.64.0.3 3 0.0.0.0 4104 127.0.0.1
	seen_as fd76:736f:636b::3 3 ::1 4105 ::1
	seen_as ::ffff:100.64.0.3 3 :: 4106 127.0.0.1
	seen_as 100.64.0.1 4194305 127.0.0.1 4107 127.0.0.1
	seen_as 100.64.0.1 2130706433 127.0.0.1 4108 127.0.0.1
	seen_as fd76:736f:636b::7f00:1 2130706433 ::1 4109 ::1
	seen_as 100.64.0.2 2 127.0.0.1 4110 127.0.0.1
	seen_as 100.127.255.254 4294967294 127.0.0.1 4111 127.0.0.1
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
			listen [::]:2$1 ipv6only=off;
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
	gives '^you are ::ffff:100.64.0.3' \
		'nginx: and one at a listener for both' \
		web http://127.0.0.1:28002/who
	refuses '403 Forbidden' 'nginx: nor there' web http://127.0.0.1:28002/
	gives '^hello' 'nginx: where CID 1 is let in' web http://127.0.0.1:28001/
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

# ---- Apache, haproxy, Node ------------------------------------------------------

# start_apache PORT CID: "Require local" also lets in who comes from the very
# address that he came to.
start_apache()
{
	mkdir -p "$work/www"
	echo hello >"$work/www/index.html"
	cat >"$work/apache.$1.conf" <<-END
	ServerName here
	User nobody
	Mutex file:$work default
	PidFile $work/apache.$1.pid
	ErrorLog $work/apache.$1.error
	Listen $1
	LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
	LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
	LoadModule authz_host_module /usr/lib/apache2/modules/mod_authz_host.so
	DocumentRoot $work/www
	<Location /index.html>
	Require local
	</Location>
	END
	APACHE_RUN_DIR=$work served "$2" "$rules" apache2 -d "$work" \
		-f "$work/apache.$1.conf" -D FOREGROUND \
		>"$work/apache.$1.log" 2>&1 &
	until_ready web "http://127.0.0.1:$1/"
}

apache_tests()
{
	have_extra apache2 || return
	start_apache 8201 1
	gives '^hello' 'Apache: CID 1 is local' \
		web http://127.0.0.1:8201/index.html
	start_apache 8202 3
	refuses '403 Forbidden' 'Apache: CID 3 is not' \
		web http://127.0.0.1:8202/index.html
	refuses '403 Forbidden' 'Apache: nor over IPv6' \
		web 'http://[::1]:8202/index.html'
}

# start_haproxy PORT CID
start_haproxy()
{
	cat >"$work/haproxy.$1.cfg" <<-END
	defaults
		mode http
		timeout client 20s
		timeout server 20s
		timeout connect 20s
	frontend local
		bind :::$1 v4v6
		http-request deny if !{ src 127.0.0.0/8 ::1 }
		http-request return status 200 content-type text/plain string "hello\n"
	END
	served "$2" "$rules" haproxy -db -f "$work/haproxy.$1.cfg" \
		>"$work/haproxy.$1.log" 2>&1 &
	until_ready web "http://127.0.0.1:$1/"
}

haproxy_tests()
{
	have haproxy || return
	start_haproxy 8301 1
	gives '^hello' 'haproxy: CID 1 is let in' web http://127.0.0.1:8301/
	start_haproxy 8302 3
	refuses '403 Forbidden' 'haproxy: CID 3 is not' \
		web http://127.0.0.1:8302/
	refuses '403 Forbidden' 'haproxy: nor over IPv6' \
		web 'http://[::1]:8302/'
}

# It takes no address from accept(), but asks for it.
node_tests()
{
	have_extra node || return
	served 3 "$rules" node -e 'const http = require("http");
const who = (request, response) =>
	response.end(`you are ${request.socket.remoteAddress}\n`);
http.createServer(who).listen(8401, "127.0.0.1");
http.createServer(who).listen(8402);' >"$work/node.log" 2>&1 &
	until_ready web http://127.0.0.1:8402/
	gives '^you are 100.64.0.3' 'Node: CID 3' web http://127.0.0.1:8401/
	gives '^you are ::ffff:100.64.0.3' 'Node: CID 3 at ::' \
		web http://127.0.0.1:8402/
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
	have_extra "${postgres:-postgres}" || return
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

every_way_tests
nginx_tests
apache_tests
haproxy_tests
node_tests
redis_tests
postgres_tests
table_tests
finish
