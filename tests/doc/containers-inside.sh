#!/bin/sh
# SPDX-License-Identifier: MIT
#
# In the test kernel: PostgreSQL on this side, and containers without a network.
#
#	containers-inside.sh FILES POSTGRES
set -u
files=$1 postgres=$2
image=$RIG_TMP/image
passed=0 failed=0
cd "$RIG_TMP" || exit 99

# A root that is no image of an engine's: this machine's programs, in memory.
make_image() {
	mkdir "$image" && mount -t tmpfs -o mode=755 image "$image" || exit 99
	(
		cd "$image" || exit 99
		mkdir -p usr etc tmp run proc sys dev
		ln -s usr/bin usr/sbin usr/lib usr/lib64 .
		mount --bind /usr usr
		cp /etc/passwd /etc/group /etc/ld.so.cache etc/
	)
}

start_server() {
	cp -R "$files/db/data" pg && chmod 700 pg && chmod 711 . &&
		chown -R nobody pg || exit 99
	setpriv --reuid nobody --regid nogroup --clear-groups \
		"$files/opt/tcp2vsock/bin/tcp2vsock" \
		-m 'listen *:5432 = vsock:any:5432' "$postgres" -D pg \
		-c unix_socket_directories= -c fsync=off >pg.log 2>&1 &
	until ss -Hl --vsock | grep -q ':5432 '; do
		kill -0 $! || {
			cat pg.log
			exit 99
		}
		sleep 0.1
	done
}

# docker: the page's word for any engine; what isn't said on the page is where
# podman keeps its files here.
docker() {
	shift
	podman --root "$RIG_TMP/store" --runroot "$RIG_TMP/state" \
		--storage-driver vfs --cgroup-manager cgroupfs --runtime crun \
		--events-backend none run --rm -e PGUSER=nobody \
		-e PGDATABASE=postgres --rootfs "$@"
}

# run PROFILE OPTION...: the page's command with another place for its files.
run() {
	profile=$1
	shift
	command=$(sed "s,IMAGE,$image,; s,-v /opt,-v $files/opt,
		s,-v /etc/tcp2vsock,-v $files/etc,
		s,seccomp=[^ ]*,seccomp=$files/etc/$profile.json,
		s,app.conf,app.conf $*," "$files/command")
	eval "$command -XAtc \"select 'forty-two'\"" >out 2>&1
}

# same WHAT WANTED: the last line that it said.
same() {
	if grep -q "$2" out; then
		passed=$((passed + 1))
		echo "ok: $1"
	else
		failed=$((failed + 1))
		echo "FAIL: $1: no '$2'"
		cat out
	fi
}

mkdir -p store state
mountpoint -q /sys/fs/cgroup || mount -t cgroup2 cgroup2 /sys/fs/cgroup
make_image
start_server
run engine
same "the engine's own profile, as Debian 12 has it" '^forty-two$'
run newer
same "a profile that forbids AF_VSOCK" 'Network is unreachable'
run newer --trace
same "... and what the trace says of it" '(the kernel: \(EPERM\|ENOSYS\))'
run edited
same "that one, edited" '^forty-two$'
sed -i 's/--security-opt [^ ]*//' "$files/command"
run none
same "no profile is named" '^forty-two$'
echo "$passed passed, $failed failed"
[ $failed = 0 ]
