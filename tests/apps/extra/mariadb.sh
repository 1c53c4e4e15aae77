#!/bin/sh
# SPDX-License-Identifier: MIT
# MariaDB: queries, 5 MB in one row, 20 clients at once, a dump.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs mariadbd mariadb-server mariadb mariadb-client ss iproute2
in_rig 400

mkdir data
chown mysql . data
# The test kernel has no room for eight terabytes of addresses.
settings="--no-defaults --user=mysql --datadir=$PWD/data
	--innodb-buffer-pool-size-max=64M --innodb-buffer-pool-size=32M"
# shellcheck disable=SC2086 # words
mariadb-install-db $settings --auth-root-authentication-method=normal \
	>install.log 2>&1 || {
	cat install.log
	exit 99
}
# shellcheck disable=SC2086 # words
start mariadb 3306 mariadbd $settings --socket="$PWD/socket" --port=3306 \
	--bind-address=0.0.0.0
up mariadb 3306
check 'a database' wait_for mariadb --no-defaults -S "$PWD/socket" -e "
	create or replace user u@localhost identified by 'p';
	grant all on *.* to u@localhost;
	create or replace database d"

# Over the network, as the user that is known from 127.0.0.1 alone.
login="--no-defaults -h $address --protocol tcp -uu -pp"
query() {
	# shellcheck disable=SC2086 # words
	client 3306 mariadb $login --max-allowed-packet=100M -N -e "$1" d
}

check '2000 rows' query "create table t (a int, b longblob);
	insert into t select seq, repeat('x', 1000) from seq_1_to_2000"
same 'the rows' 2000 "$(query 'select count(*) from t')"
same '5 MB in one row' 5000000 \
	"$(query "select repeat('y', 5000000)" | tr -d '\n' | wc -c)"
# shellcheck disable=SC2086 # words
check '20 clients at once' client 3306 mariadb-slap $login --concurrency=20 \
	--iterations=3 --auto-generate-sql
# shellcheck disable=SC2086 # words
client 3306 mariadb-dump $login d >dump
check 'a dump' grep -q 'Dump completed' dump
check 'no TCP socket was made for port 3306' no_tcp 3306
check "no TCP connection was tried" no_opens
finish
