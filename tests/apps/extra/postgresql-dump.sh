#!/bin/sh
# SPDX-License-Identifier: MIT
# PostgreSQL: pg_dump, a restore into a second database, and its dump.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
needs postgres postgresql psql postgresql-client pg_dump postgresql-client \
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

check "a table" sql -c "create table t as
	select n, md5(n::text) as h from generate_series(1, 20000) n"
check "dump" client 5432 pg_dump -h $address -f dump.sql postgres
check "a second database" sql -c 'create database copy'
check "restore" client 5432 psql -h $address -Xq -d copy -f dump.sql
same "all rows are in the copy" 20000 "$(client 5432 psql -h $address -XAtq \
	-d copy -c 'select count(*) from t')"
client 5432 pg_dump -h $address -f again.sql copy
# Newer versions begin and end a dump with a random word.
sed -i '/^.\(un\)*restrict /d' dump.sql again.sql
check "the dump of the copy is the same" cmp dump.sql again.sql

check "no TCP socket was made for any of it" no_tcp 5432
stop $postgres
same "the server ends well" 0 $?
check "no TCP connection was tried" no_opens
finish
