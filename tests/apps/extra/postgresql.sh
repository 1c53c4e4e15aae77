#!/bin/sh
# SPDX-License-Identifier: MIT
# PostgreSQL: initdb, psql, COPY, LISTEN/NOTIFY, a cancelled query (which
# dials a second connection), pgbench.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
bin=$(echo /usr/lib/postgresql/*/bin | sed 's/.* //')
PATH=$bin:$PATH
needs postgres postgresql psql postgresql-client ss iproute2
in_rig 300

# as COMMAND...: the server refuses to run as root.
as() {
	setpriv --reuid postgres --regid postgres --clear-groups -- "$@"
}

sql() {
	client 5432 psql -h $address -U postgres -XAtq "$@"
}

mkdir data
chown postgres data
check "initdb" as initdb -D data -A trust -U postgres --no-sync
# What localhost is; with TCP the address that clients dial is another.
listens='::1, 127.0.0.1'
[ -z "$TCP" ] || listens='*'
cat >>data/postgresql.conf <<END
listen_addresses = '$listens'
unix_socket_directories = ''
fsync = off
max_connections = 40
END
echo "host all all all trust" >>data/pg_hba.conf
start postgres 5432 setpriv --reuid postgres --regid postgres --clear-groups \
	-- postgres -D data
postgres=$pid
up postgres 5432
answers() {
	sql -c 'select 1'
}
check "it takes connections" wait_for answers

same "a query" 42 "$(sql -c 'select 6 * 7')"
peer=127.0.0.1
[ -z "$TCP" ] || peer=$address
same "the client's address" $peer "$(sql -c 'select host(inet_client_addr())')"
sql -c 'create table numbers (n int, t text)'
seq 1 50000 | sed 's/.*/&,text of &/' >numbers
check "COPY in" sql -c '\copy numbers from numbers csv'
check "COPY out" sql -c '\copy numbers to copied csv'
check "... the same" cmp numbers copied
same "a large answer" 10000000 \
	"$(sql -c "select repeat('x', 10000000)" | tr -d '\n' | wc -c)"

# running TEXT: some other session runs a query with it.
running() {
	sql -c "select 1 from pg_stat_activity where query like '%$1%'
		and pid <> pg_backend_pid()" | grep -q 1
}

launch listener sql -c 'listen news' -c 'select pg_sleep(1000)' -c 'select 1'
check "a client listens" wait_for running 'pg_sleep(1000)'
sql -c "notify news, 'extra'"
sql -o cancelled -c "select pg_cancel_backend(pid) from pg_stat_activity
	where query like '%pg_sleep(1000)%' and pid <> pg_backend_pid()"
wait $pid
check "... and is notified" grep -q 'extra' listener.log

launch cancelled redirected "connect $address:5432 = vsock:local:5432" \
	psql -h $address -U postgres -XAtq -c 'select pg_sleep(2000)'
check "a query runs" wait_for running 'pg_sleep(2000)'
kill -INT $pid
wait $pid
check "... and is cancelled, by a connection of its own" \
	grep -q 'canceling statement due to user request' cancelled.log

check "pgbench sets up" client 5432 \
	pgbench -h $address -U postgres -i -q postgres
check "pgbench, 8 clients in 2 threads" client 5432 \
	pgbench -h $address -U postgres -c 8 -j 2 -t 20 postgres
check "a new connection for each transaction" client 5432 \
	pgbench -h $address -U postgres -C -S -c 4 -t 5 postgres

check "no TCP socket was made for port 5432" no_tcp 5432
kill -INT $postgres
wait $postgres
same "the server ends well" 0 $?
finish
