#!/bin/sh
# SPDX-License-Identifier: MIT
# What can get past a library: PHP's curl and pgsql, which it loads with
# RTLD_DEEPBIND, with the library and supervised; libc's own connect() and the
# kernel's by Python's ctypes, both sides supervised.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
needs php php-cli postgres postgresql python3 python3 ss iproute2
php -m | grep -qx curl || needs PHP-curl php-curl
php -m | grep -qx pgsql || needs PHP-pgsql php-pgsql
in_rig 300

as_postgres() {
	setpriv --reuid postgres --regid postgres --clear-groups "$@"
}

chmod 711 .
mkdir db root && chown postgres db .
echo from PHP >root/page
check "initdb" as_postgres initdb -D "$PWD/db" -A trust -N --no-locale
start postgres 5432 setpriv --reuid postgres --regid postgres --clear-groups \
	"$(command -v postgres)" -D "$PWD/db" -c listen_addresses='*' \
	-c unix_socket_directories=
up postgres 5432
start php 8000 php -S 0.0.0.0:8000 -t root
up php 8000

for engine in preload supervise; do
	export TCP2VSOCK_ENGINE=$engine
	same "$engine: PHP's curl" "from PHP" "$(client 8000 php -r "
		\$c = curl_init('http://$address:8000/page');
		curl_setopt(\$c, CURLOPT_RETURNTRANSFER, true);
		echo curl_exec(\$c) ?: curl_error(\$c);")"
	same "$engine: several at once" "10 times from PHP" \
		"$(client 8000 php -r "
		\$m = curl_multi_init();
		for (\$i = 0; \$i < 10; \$i++) {
			\$c[] = curl_init('http://$address:8000/page');
			curl_setopt(\$c[\$i], CURLOPT_RETURNTRANSFER, true);
			curl_multi_add_handle(\$m, \$c[\$i]);
		}
		do {
			curl_multi_exec(\$m, \$running);
			curl_multi_select(\$m);
		} while (\$running);
		\$all = array_map(fn(\$c) => curl_multi_getcontent(\$c), \$c);
		echo count(\$all), ' times ', implode(array_unique(\$all));")"
	same "$engine: PHP's pgsql" "1,2,3 $address" "$(client 5432 php -r "
		\$c = pg_connect('host=$address user=postgres');
		\$r = pg_query(\$c, 'select * from generate_series(1, 3)');
		echo implode(',', pg_fetch_all_columns(\$r)), ' ', pg_host(\$c);")"
done

cat >raw.py <<END2
"""raw.py libc|kernel server PORT | client HOST PORT: socket calls by ctypes."""
import ctypes, os, socket, struct, sys

libc = ctypes.CDLL("libc.so.6", use_errno=True)
NUMBERS = {"x86_64": dict(connect=42, accept=43, bind=49, listen=50),
           "aarch64": dict(connect=203, accept=202, bind=200, listen=201)}


def call(name, *args):
    args = [arg if isinstance(arg, bytes) else ctypes.c_long(arg) for arg in args]
    if sys.argv[1] == "kernel":
        number = NUMBERS[os.uname().machine][name]
        result = libc.syscall(ctypes.c_long(number), *args)
    else:
        result = getattr(libc, name)(*args)
    if result < 0:
        sys.exit(name + ": " + os.strerror(ctypes.get_errno()))
    return result


def address(host, port):
    return struct.pack("=H", socket.AF_INET) + struct.pack("!H", int(port)) + \
        socket.inet_aton(host) + bytes(8)


fd = libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
if sys.argv[2] == "server":
    call("bind", fd, address("0.0.0.0", sys.argv[3]), 16)
    call("listen", fd, 5)
    while True:
        peer = call("accept", fd, 0, 0)
        os.write(peer, os.read(peer, 100))
        os.close(peer)
call("connect", fd, address(*sys.argv[3:]), 16)
os.write(fd, b"answered")
print(os.read(fd, 100).decode())
END2
start libc 8001 python3 raw.py libc server 8001
up libc 8001
start kernel 8002 python3 raw.py kernel server 8002
up kernel 8002
same "libc's calls by ctypes" answered \
	"$(client 8001 python3 raw.py libc client $address 8001)"
same "the kernel's" answered \
	"$(client 8002 python3 raw.py kernel client $address 8002)"
for port in 5432 8000 8001 8002; do
	check "no TCP socket was made for port $port" no_tcp $port
done
check "no TCP connection was tried" no_opens
finish
