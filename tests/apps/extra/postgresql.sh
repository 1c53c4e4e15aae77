#!/bin/sh
# SPDX-License-Identifier: MIT
# PostgreSQL: psql, COPY, dump and restore, LISTEN, a cancelled query, pgbench.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
needs postgres postgresql psql postgresql-client pgbench postgresql \
	ss iproute2
in_rig 500
export PGUSER=postgres PGCONNECT_TIMEOUT=60

as_postgres() {
	setpriv --reuid postgres --regid postgres --clear-groups "$@"
}

sql() {
	client 5432 psql -h $address -XAtq -v ON_ERROR_STOP=1 "$@"
}

mkdir db && chown postgres db
check "initdb" as_postgres initdb -D "$PWD/db" -A trust -N --no-locale
echo 'host all all 0.0.0.0/0 trust' >>db/pg_hba.conf
start postgres 5432 setpriv --reuid postgres --regid postgres --clear-groups \
	"$(command -v postgres)" -D "$PWD/db" -c listen_addresses='*' \
	-c unix_socket_directories= -c fsync=off
postgres=$pid
up postgres 5432

same "a query" 42 "$(sql -c 'select 6 * 7')"
check "a table" sql -c "create table t as
	select n, md5(n::text) as h from generate_series(1, 20000) n"
sql -c 'copy t to stdout' >copied
same "copy out" 20000 "$(wc -l <copied)"
check "copy in" sql -c 'create table u (n int, h text)' \
	-c "\\copy u from copied"
same "... and nothing differs" 0 "$(sql -c 'select count(*)
	from (table t except table u) d')"

check "dump" client 5432 pg_dump -h $address -f dump.sql postgres
check "a second database" sql -c 'create database copy'
check "restore" client 5432 psql -h $address -Xq -d copy -f dump.sql
client 5432 pg_dump -h $address -f again.sql copy
# Newer versions begin and end a dump with a random word.
sed -i '/^.\(un\)*restrict /d' dump.sql again.sql
check "the dump of the copy is the same" cmp dump.sql again.sql

# psql shows what it was notified of after its next query.
same "listen and notify" 1 "$(sql -c 'listen news' -c "notify news, 'extra'" |
	grep -c 'notification "news" with payload "extra"')"

running() {
	sql -c "select 'runs' from pg_stat_activity
		where query = 'select pg_sleep(600)'" | grep -q runs
}

launch slow redirected "connect $address:5432 = vsock:local:5432" \
	psql -h $address -XAtq -c 'select pg_sleep(600)'
check "a slow query runs" wait_for running
kill -INT $pid
wait $pid
check "... and is cancelled over a second connection" \
	grep -q 'canceling statement due to user request' slow.log

check "pgbench prepares" client 5432 pgbench -h $address -i -q postgres
check "pgbench, 8 clients, 2 threads" client 5432 \
	pgbench -h $address -c 8 -j 2 -t 20 postgres
same "... did all transactions" 160 \
	"$(sql -c 'select count(*) from pgbench_history')"
check "no TCP socket was made for any of it" no_tcp 5432
stop $postgres
same "the server ends well" 0 $?
finish
