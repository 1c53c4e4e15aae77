#!/bin/sh
# SPDX-License-Identifier: MIT
# Servers that trust the machine itself, and what doc/from-others.md says each
# has to be told when its clients have addresses. All of it over TCP: a client at
# 100.64.0.9, as the library would show it, is refused, and then is not.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs tinyproxy tinyproxy squid squid cupsd cups-daemon \
	mariadbd mariadb-server mariadb mariadb-client \
	redis-server redis-server curl curl python3 python3
[ -z "$TCP" ] || exit 77
in_rig 500
guest=100.64.0.9
busybox ip addr add $guest/32 dev lo

on_tcp() {
	ss -Hltn "sport = :$1" | grep -q .
}

# serve NAME PORT COMMAND...: a server that the library has no part in
serve() {
	name=$1 port=$2
	shift 2
	launch "$name" "$@"
	check "$name: it is there" wait_for on_tcp "$port" || cat "$name.log"
}

# said SETTING: it is in the guide, and is what is tried here
said() {
	grep -qF "$1" "$srcdir/doc/from-others.md" || bad "the guide lacks $1"
	echo "$1"
}

# status CURL-ARGUMENT...: HTTP's, seen from the guest
status() {
	curl -sS -m 60 --interface $guest -o /dev/null -w '%{http_code}' "$@"
}

serve web 8000 python3 -m http.server 8000

printf 'Port 8888\nAllow 127.0.0.1\n' >tinyproxy.conf
serve tinyproxy 8888 tinyproxy -d -c tinyproxy.conf
same "tinyproxy: as installed" 403 \
	"$(status -x http://127.0.0.1:8888 http://127.0.0.1:8000/)"
stop $pid
said 'Allow 100.64.0.0/10' >>tinyproxy.conf
serve tinyproxy 8888 tinyproxy -d -c tinyproxy.conf
same "tinyproxy: with the setting" 200 \
	"$(status -x http://127.0.0.1:8888 http://127.0.0.1:8000/)"
stop $pid

chmod 777 .
squid_conf() {
	cat <<END
http_port 3128
$1
http_access allow localhost
http_access deny all
pid_filename $PWD/squid.pid
cache_log $PWD/squid.cache
access_log none
coredump_dir $PWD
shutdown_lifetime 1 second
END
}
squid_conf '' >squid.conf
serve squid 3128 squid -N -f "$PWD/squid.conf"
same "squid: as installed" 403 \
	"$(status -x http://127.0.0.1:3128 http://127.0.0.1:8000/)"
stop $pid
squid_conf "$(said 'acl localnet src 100.64.0.0/10')
$(said 'http_access allow localnet')" >squid.conf
serve squid 3128 squid -N -f "$PWD/squid.conf"
same "squid: with the setting" 200 \
	"$(status -x http://127.0.0.1:3128 http://127.0.0.1:8000/)"
stop $pid

mkdir -p cups/log cups/run cups/spool/tmp cups/cache
cat >cups-files.conf <<END
ServerRoot $PWD/cups
RequestRoot $PWD/cups/spool
TempDir $PWD/cups/spool/tmp
CacheDir $PWD/cups/cache
StateDir $PWD/cups/run
ErrorLog stderr
AccessLog $PWD/cups/log/access
PageLog $PWD/cups/log/page
END
cupsd_conf() {
	cat <<END
Listen 631
$1
<Location />
Order allow,deny
$2
</Location>
END
}
host='Host: printer.internal:631'
cupsd_conf '' '' >cupsd.conf
serve cups 631 cupsd -f -c "$PWD/cupsd.conf" -s "$PWD/cups-files.conf"
same "CUPS: as installed" 400 "$(status -H "$host" http://127.0.0.1:631/)"
same "... and with no strange name" 403 "$(status http://127.0.0.1:631/)"
stop $pid
cupsd_conf "$(said 'ServerAlias *')" "$(said 'Allow from 100.64.0.0/10')" \
	>cupsd.conf
serve cups 631 cupsd -f -c "$PWD/cupsd.conf" -s "$PWD/cups-files.conf"
# Nobody is refused: there just is no such page.
same "CUPS: with the settings" 404 \
	"$(status -H "$host" http://127.0.0.1:631/no-such-page)"
stop $pid

cat >ping.py <<'END'
import socket, sys
with socket.create_connection(("127.0.0.1", 6379),
                              source_address=(sys.argv[1], 0)) as s:
    s.sendall(b"PING\r\n")
    print(s.recv(7).decode().strip())
END
serve redis 6379 redis-server --bind 0.0.0.0 --save ''
same "Redis: as installed" -DENIED "$(python3 ping.py $guest)"
stop $pid
serve redis 6379 redis-server --bind 0.0.0.0 --save '' \
	--"$(said 'protected-mode no')"
same "Redis: with the setting" +PONG "$(python3 ping.py $guest)"
stop $pid

mkdir data
chown mysql . data
settings="--no-defaults --user=mysql --datadir=$PWD/data
	--innodb-buffer-pool-size-max=64M --innodb-buffer-pool-size=32M"
# shellcheck disable=SC2086 # words
mariadb-install-db $settings --auth-root-authentication-method=normal \
	>install.log 2>&1 || {
	cat install.log
	exit 99
}
# shellcheck disable=SC2086 # words
serve mariadb 3306 mariadbd $settings --socket="$PWD/socket" --port=3306 \
	--bind-address=0.0.0.0 --skip-name-resolve
sql() {
	mariadb --no-defaults -S "$PWD/socket" -e "$1"
}
# What dials this machine under an address has that address itself.
login() {
	mariadb --no-defaults -h $guest --protocol tcp -uu -pp -N \
		-e 'select 1' 2>&1
}
check "MariaDB: a user of this machine" wait_for sql \
	"create or replace user u@'127.0.0.1' identified by 'p'"
check "MariaDB: is not one from the guest" \
	sh -c "echo '$(login)' | grep 'not allowed\|denied'"
check "MariaDB: the guide's user" sql "$(said "CREATE USER u@'100.64.0.0/255.192.0.0'")
	identified by 'p'"
same "MariaDB: is one" 1 "$(login)"
finish
