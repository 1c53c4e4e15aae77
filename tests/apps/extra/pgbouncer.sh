#!/bin/sh
# SPDX-License-Identifier: MIT
# PgBouncer between psql and PostgreSQL: it listens on vsock, and dials the
# database over vsock; pgbench with eight clients.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
needs postgres postgresql psql postgresql-client pgbouncer pgbouncer \
	pgbench postgresql ss iproute2
in_rig 300
export PGUSER=postgres PGCONNECT_TIMEOUT=60

as_postgres() {
	setpriv --reuid postgres --regid postgres --clear-groups "$@"
}

chmod 711 .
mkdir db && chown postgres db .
check "initdb" as_postgres initdb -D "$PWD/db" -A trust -N --no-locale
cat >bouncer.ini <<END
[databases]
postgres = host=$address port=5432 user=postgres
[pgbouncer]
listen_addr = *
listen_port = 6432
unix_socket_dir =
auth_type = any
pool_mode = transaction
END
start postgres 5432 setpriv --reuid postgres --regid postgres --clear-groups \
	"$(command -v postgres)" -D "$PWD/db" -c listen_addresses='*' \
	-c unix_socket_directories=
up postgres 5432
launch pgbouncer redirected "listen *:6432 = vsock:any:6432
	connect $address:5432 = vsock:local:5432" setpriv --reuid postgres \
	--regid postgres --clear-groups pgbouncer bouncer.ini
bouncer=$pid
up pgbouncer 6432
check "a query" client 6432 psql -h $address -p 6432 -c 'select 42' postgres
check "pgbench's tables" client 6432 timeout 120 pgbench -h $address -p 6432 \
	-i -q postgres
check "pgbench, 8 clients" client 6432 timeout 120 pgbench -h $address \
	-p 6432 -n -c 8 -t 5 postgres
# The database waits for those that are connected.
stop "$bouncer"
check "no TCP socket was made for port 5432" no_tcp 5432
check "no TCP socket was made for port 6432" no_tcp 6432
check "no TCP connection was tried" no_opens
finish
