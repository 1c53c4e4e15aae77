#!/bin/sh
# SPDX-License-Identifier: MIT
#
# In the test kernel: a root with a systemd, redis and little else.
#
#	services-inside.sh FILES UNIT
set -u
files=$1 unit=$2
root=$RIG_TMP/root

# Its /usr is this machine's, what it writes is in memory.
make_root() {
	mkdir -p "$root" "$RIG_TMP/said" && mount -t tmpfs root "$root" &&
		chmod 755 "$root" && cd "$root" || exit 99
	mkdir -p usr etc/systemd/system etc/tcp2vsock var/lib/redis \
		var/log/redis run tmp dev proc sys root said old
	ln -s usr/bin usr/sbin usr/lib usr/lib64 .
	mount --bind /usr usr
	mount --bind "$files/tree/usr/local" usr/local
	mount -t proc proc proc
	mount -t sysfs sysfs sys
	mount -t cgroup2 cgroup2 sys/fs/cgroup
	mount --rbind /dev dev
	mount -t tmpfs -o mode=755 run run
	mount -t tmpfs -o mode=1777 tmp tmp
	mount --bind "$RIG_TMP/said" said
	cp -a /etc/passwd /etc/group /etc/nsswitch.conf /etc/ld.so.cache \
		/etc/redis etc/
	echo 0123456789abcdef0123456789abcdef >etc/machine-id
	chown redis:redis var/lib/redis var/log/redis
}

target() {
	printf '[Unit]\nDefaultDependencies=no\n%s\n' "$2" >"$1.target"
}

# The unit, with the drop-in; no other service of this machine.
make_units() {
	cd "$root/etc/systemd/system" || exit 99
	cp "$unit" redis-server.service
	mkdir redis-server.service.d
	cp "$files/drop-in" redis-server.service.d/override.conf
	cp "$files/rules" "$root/etc/tcp2vsock/redis.conf"
	for name in sysinit basic network shutdown umount; do
		target $name ''
	done
	target default 'Wants=ask.service'
	cat >ask.service <<-END
	[Unit]
	DefaultDependencies=no
	Wants=redis-server.service
	After=redis-server.service
	SuccessAction=exit-force
	FailureAction=exit-force
	[Service]
	Type=oneshot
	TimeoutStartSec=infinity
	ExecStart=/bin/sh /root/ask
	StandardOutput=file:/said/out
	StandardError=file:/said/out
	END
	cat >"$root/root/ask" <<-'END'
	state() {
		systemctl show redis-server --value -p "$1"
	}
	echo "state: $(state ActiveState)"
	echo "main process: $(cat "/proc/$(state MainPID)/comm")"
	echo "hardened: $(state NoExecPaths) $(state PrivateUsers)"
	echo "TCP: $(ss -Htln | grep -c :6379)"
	echo "answer: $(timeout 100 tcp2vsock \
		-m 'connect 10.0.0.5:6379 = vsock:local:6379' \
		redis-cli -h 10.0.0.5 ping)"
	echo 'listen *:6379 = vsok:any:6379' >/etc/tcp2vsock/redis.conf
	systemctl restart redis-server 2>/dev/null
	# It is started again and again, and there is none in between.
	until status=$(state ExecMainStatus) && [ "$status" != 0 ]; do
		sleep 0.1
	done
	echo "with a wrong table: $status"
	END
}

# The kernel makes no user namespaces for a process in a chroot().
become_systemd() {
	cd "$root" && pivot_root . old && umount -l old || exit 99
	exec chroot . env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/bin \
		container=test SYSTEMD_UNIT_PATH=/etc/systemd/system \
		/lib/systemd/systemd --system --show-status=no \
		--log-target=kmsg </dev/null
}

if [ "${3-}" = first ]; then
	make_root
	make_units
	become_systemd
fi
unshare --mount --pid --fork --kill-child --propagation private \
	"$0" "$files" "$unit" first
cat >"$RIG_TMP/wanted" <<'END'
state: active
main process: redis-server
hardened: / yes
TCP: 0
answer: PONG
with a wrong table: 125
END
cd "$RIG_TMP" || exit 99
if diff wanted said/out; then
	echo "$(wc -l <wanted) passed, 0 failed"
else
	dmesg | grep 'systemd\[1\]' | tail -n 30
	echo "0 passed, 1 failed"
	exit 1
fi
