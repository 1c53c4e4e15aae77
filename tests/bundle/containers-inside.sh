#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The bundle in containers without a network, whose images know nothing of it:
# one of musl, and one of glibc. In the test kernel, under podman.
#
#	containers-inside.sh BUNDLE IMAGES	IMAGES/musl.tar, IMAGES/glibc.tar
set -u
bundle=$1 images=$2
failed=0
cd "$RIG_TMP" || exit 99
mount -t cgroup2 none /sys/fs/cgroup || exit 99
mkdir mine run store && tar -C mine --strip-components=1 -xJf "$bundle" ||
	exit 99
rule='connect db.internal:5432 = vsock:local:5432'
mine/bin/tcp2vsock -m 'listen *:5432 = vsock:any:5432' \
	python3 -c 'import socket
with socket.create_server(("", 5432)) as server:
    open("ready", "w")
    while True:
        connection = server.accept()[0]
        connection.send(b"served\n")
        connection.close()' &
server=$!
until [ -e ready ]; do sleep 0.1; done

engine()
{
	podman --root "$RIG_TMP/store" --runroot "$RIG_TMP/run" \
		--storage-driver vfs --cgroup-manager cgroupfs --runtime crun \
		--events-backend none "$@"
}

# served WHAT IMAGE OPTION... -- COMMAND...
served()
{
	what=$1
	shift
	said=$(engine run --rm --network none --cgroups disabled --read-only \
		--user 1234 -v "$RIG_TMP/mine:/any/where:ro" "$@" 2>&1)
	if [ "$said" = served ]; then
		echo "ok: $what"
	else
		echo "FAIL: $what: $said"
		failed=1
	fi
}

for libc in musl glibc; do
	engine import "$images/$libc.tar" $libc >import.log 2>&1 || {
		cat import.log
		exit 1
	}
	served "$libc, by the command" $libc \
		/any/where/bin/tcp2vsock -m "$rule" /fetch db.internal 5432
	served "$libc, by the environment" -e TCP2VSOCK_MAP="$rule" \
		-e 'LD_PRELOAD=/any/where/$LIB/libtcp2vsock.so' $libc \
		/fetch db.internal 5432
done

# A Containerfile of ours makes an image; its files serve as well as a mount.
cp -r "$images/Containerfile" Containerfile
engine build --network host --isolation chroot --build-arg BASE=localhost/musl \
	-t with-it -f Containerfile mine >build.log 2>&1 || {
	cat build.log
	failed=1
}
served "an image that the Containerfile made" localhost/with-it \
	/opt/tcp2vsock/bin/tcp2vsock -m "$rule" /fetch db.internal 5432
kill $server
exit $failed
