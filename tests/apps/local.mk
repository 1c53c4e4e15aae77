# SPDX-License-Identifier: MIT

# Real programs, each in a test kernel of its own.
apps_tests = \
	tests/apps/bridges.sh \
	tests/apps/nginx.sh \
	tests/apps/others.sh \
	tests/apps/python.sh \
	tests/apps/redis.sh \
	tests/apps/socat.sh \
	tests/apps/ssh.sh \
	tests/apps/unix.sh \
	$(NULL)

TESTS += $(apps_tests)
EXTRA_DIST += \
	tests/apps/bridges-lib.sh \
	tests/apps/extra.sh \
	tests/apps/extra/apache.sh \
	tests/apps/extra/bind.sh \
	tests/apps/extra/bridges.sh \
	tests/apps/extra/browsers.sh \
	tests/apps/extra/by-name.sh \
	tests/apps/extra/daemons.sh \
	tests/apps/extra/desktop.sh \
	tests/apps/extra/distributed.sh \
	tests/apps/extra/dovecot.sh \
	tests/apps/extra/echo/asio.cc \
	tests/apps/extra/echo/echo.c \
	tests/apps/extra/echo/echo.pas \
	tests/apps/extra/echo/echo.rs \
	tests/apps/extra/echo/frameworks.py \
	tests/apps/extra/echo/libev.c \
	tests/apps/extra/echo/libevent.c \
	tests/apps/extra/echo/libuv.c \
	tests/apps/extra/echo/tokio.rs \
	tests/apps/extra/erlang.sh \
	tests/apps/extra/etcd.sh \
	tests/apps/extra/event-libraries.sh \
	tests/apps/extra/fetchers.sh \
	tests/apps/extra/filesystems.sh \
	tests/apps/extra/ftp.sh \
	tests/apps/extra/git.sh \
	tests/apps/extra/go.sh \
	tests/apps/extra/haproxy.sh \
	tests/apps/extra/inherit.sh \
	tests/apps/extra/interpreters.sh \
	tests/apps/extra/iperf3.sh \
	tests/apps/extra/java-servers.sh \
	tests/apps/extra/java-tools.sh \
	tests/apps/extra/java.sh \
	tests/apps/extra/languages.sh \
	tests/apps/extra/libraries.sh \
	tests/apps/extra/lighttpd.sh \
	tests/apps/extra/mariadb.sh \
	tests/apps/extra/mosquitto.sh \
	tests/apps/extra/nbd.sh \
	tests/apps/extra/nginx-upgrade.sh \
	tests/apps/extra/node-cluster.sh \
	tests/apps/extra/node.sh \
	tests/apps/extra/openssh.sh \
	tests/apps/extra/past.sh \
	tests/apps/extra/pgbouncer.sh \
	tests/apps/extra/php.sh \
	tests/apps/extra/postfix.sh \
	tests/apps/extra/postgresql-dump.sh \
	tests/apps/extra/postgresql.sh \
	tests/apps/extra/proxies.sh \
	tests/apps/extra/python-frameworks.sh \
	tests/apps/extra/python-network.sh \
	tests/apps/extra/rabbitmq.sh \
	tests/apps/extra/redis-replication.sh \
	tests/apps/extra/rust.sh \
	tests/apps/extra/samba.sh \
	tests/apps/extra/slapd.sh \
	tests/apps/extra/static.sh \
	tests/apps/extra/trusted.sh \
	tests/apps/extra/two-families.sh \
	tests/apps/extra/unix.sh \
	tests/apps/extra/versions.sh \
	tests/apps/extra/whole.sh \
	tests/apps/extra/workers.sh \
	tests/apps/extra/wrappers.sh \
	tests/apps/lib.sh \
	tests/apps/line.py \
	tests/apps/report \
	$(apps_tests) \
	$(NULL)
