#!/bin/sh
# SPDX-License-Identifier: MIT
#
# doc/hybrid-vsock.md, as it is written: PostgreSQL in a guest and psql on its
# host, then redis-cli in the guest and Redis on the host; and both once more over
# a Unix socket for each port. The guest is the
# other side of the test kernel's loopback, where "far" shows it the monitor
# that stands between the two as CID 2, and dials CID 1 in its place.
. "${srcdir:=$(dirname "$0")/../..}/tests/apps/lib.sh"
bin=$(echo /usr/lib/postgresql/*/bin | sed 's/.* //')
PATH=$bin:$PATH
needs postgres postgresql psql postgresql-client redis-server redis-server \
	redis-cli redis-tools python3 python3
in_rig 300
guide=$srcdir/doc/hybrid-vsock.md
export PGPASSWORD=secret

# What the guide shows, a command that is continued as one line.
sed -e ':more' -e '/\\$/{N;s/ *\\\n */ /;b more' -e '}' "$guide" \
	>guide.joined

# block FIRST LAST: the lines between two, without their indent.
block() {
	sed -n "/^    $1/,/^    $2/p" guide.joined | sed -e '1d;$d' -e 's/^    //'
}

# typed PROMPT START: the command that begins so, as words for eval.
typed() {
	sed -n "s/^    $1\($2.*\)/\1/p" guide.joined | sed 's/vsock:host/vsock:local/'
}

# Replaces this shell.
tcp2vsock() {
	TCP2VSOCK_LIBRARY=$RIG_TMP/libtcp2vsock.so \
		exec "$builddir/launcher/tcp2vsock" "$@"
}

# The guest's table, and the line for pg_hba.conf.
block 'guest\$ cat rules' 'guest\$ grep' >rules
block 'guest\$ grep' 'guest\$ tcp2vsock -f rules' >hba
same "the guide has the guest's two rules" 2 "$(wc -l <rules)"
same "... and a line for pg_hba.conf" 1 "$(wc -l <hba)"
psql=$(typed '\$ ' "tcp2vsock -m 'connect guest.*hvsock:.*psql")
krun_psql=$(typed '\$ ' "tcp2vsock -m 'connect guest.*unix:.*psql")
redis_server=$(typed '\$ ' "tcp2vsock -m 'listen .*hvsock:.*redis-server")
krun_redis_server=$(typed '\$ ' "tcp2vsock -m 'listen .*unix:.*redis-server")
redis_cli=$(typed 'guest\$ ' "tcp2vsock -m 'connect .*redis-cli")
postgres=$(typed 'guest\$ ' 'tcp2vsock -f rules postgres')
for command in "$psql" "$krun_psql" "$postgres" "$redis_server" \
	"$krun_redis_server" "$redis_cli"; do
	same "one command: $command" 1 "$(echo "$command" | grep -c tcp2vsock)"
done

path=$(echo "$psql" | sed 's/.*hvsock:\([^:]*\):.*/\1/')
krun_path=$(echo "$krun_psql" | sed 's/.*unix:\([^ ]*\)%p.*/\1/')
mkdir -p "$(dirname "$path")" "$(dirname "$krun_path")"
mkfifo life ready
launch monitor sh -c 'exec python3 "$0" "$1" 1 6379 <life >ready' \
	"$srcdir/tests/hybrid/monitor.py" "$path"
monitor=$pid
exec 9>life
read -r word <ready
same "the monitor is there" ready "$word"

# ---- PostgreSQL in the guest --------------------------------------------

as() {
	setpriv --reuid postgres --regid postgres --clear-groups -- "$@"
}

mkdir data
chown postgres data
echo $PGPASSWORD >password
check "initdb" as initdb -D data -A scram-sha-256 -U postgres --no-sync \
	--pwfile password
# As localhost is where it is ::1, too; which the test kernel may not know.
cat >>data/postgresql.conf <<END
listen_addresses = '::1, 127.0.0.1'
unix_socket_directories = ''
fsync = off
END
cat hba >>data/pg_hba.conf
cp "$builddir/tests/names/.libs/far.so" .
launch postgres setpriv --reuid postgres --regid postgres --clear-groups -- \
	env LD_PRELOAD="$PWD/libtcp2vsock.so $PWD/far.so" FAR_CID=2 \
	TCP2VSOCK_CONFIG="$PWD/rules" postgres -D data
postgres=$pid

sql() {
	(eval "$psql" -XAtq '"$@"')
}
check "psql on the host reaches it" wait_for sql -c 'select 1' ||
	tail -n 5 postgres.log
same "the host has the address of the guest's rule" 10.9.0.2 \
	"$(sql -c 'select host(inet_client_addr())')"
seq 1 20000 | sed 's/.*/&,text of &/' >numbers
check "COPY in" sql -c 'create table numbers (n int, t text)' \
	-c '\copy numbers from numbers csv'
check "COPY out" sql -c '\copy numbers to copied csv'
check "... the same" cmp numbers copied
same "a large answer" 3000000 \
	"$(sql -c "select repeat('x', 3000000)" | tr -d '\n' | wc -c)"
kill -INT "$postgres"
wait "$postgres"
same "the server ends well" 0 $?
sql -c 'select 1' >refused 2>&1
check "... and is refused then" grep -q 'Connection refused' refused

# ---- and the other way ---------------------------------------------------

eval "launch redis $redis_server --save "
redis_server_pid=$pid
redis() {
	(eval "$redis_cli" --no-auth-warning '"$@"')
}
pongs() {
	[ "$(redis ping)" = PONG ]
}
check "redis-cli in the guest reaches the host" wait_for pongs
redis lpush list a b c >/dev/null
same "... and is served" "c b a" "$(redis lrange list 0 -1 | tr '\n' ' ' |
	sed 's/ $//')"

# ---- and once more, over a socket for each port ----------------------------

kill "$redis_server_pid"
wait "$redis_server_pid" 2>/dev/null
exec 9>&-
wait "$monitor"
launch krun sh -c 'exec python3 "$0" "$1" 1 5432 6379 <life >ready' \
	"$srcdir/tests/hybrid/krun.py" "$krun_path"
exec 9>life
read -r word <ready
same "libkrun's sockets are there" ready "$word"
as rm -f data/postmaster.pid
launch postgres setpriv --reuid postgres --regid postgres --clear-groups -- \
	env LD_PRELOAD="$PWD/libtcp2vsock.so $PWD/far.so" FAR_CID=2 \
	TCP2VSOCK_CONFIG="$PWD/rules" postgres -D data
postgres=$pid
psql=$krun_psql
check "psql on the host reaches it" wait_for sql -c 'select 1' ||
	tail -n 5 postgres.log
same "a large answer" 3000000 \
	"$(sql -c "select repeat('x', 3000000)" | tr -d '\n' | wc -c)"
kill -INT "$postgres"
wait "$postgres"
sql -c 'select 1' >refused 2>&1
check "... and is not reached when it has ended" \
	grep -q 'closed the connection' refused
eval "launch redis $krun_redis_server --save "
check "redis-cli in the guest reaches the host" wait_for pongs
check "no TCP connection was tried" no_opens
finish
