#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The bundle in containers without a network, whose images know nothing of it:
# of musl, of glibc, of nothing but a Go program. Their user is nobody special,
# their root can't be written. In the test kernel, under podman and crun.
#
#	containers-inside.sh BUNDLE IMAGES PAGE
#
# IMAGES/NAME.tar for each of them, IMAGES/pod.sh (pod.py). PAGE is the guide.
set -u
bundle=$1 images=$2 page=$3
failed=0
cd "$RIG_TMP" || exit 99
mount -t cgroup2 none /sys/fs/cgroup || exit 99
mkdir mine run store && tar -C mine --strip-components=1 -xJf "$bundle" ||
	exit 99
rule='connect db.internal:5432 = vsock:local:5432'
command=/any/where/bin/tcp2vsock
mine/bin/tcp2vsock -m 'listen *:5432 = vsock:any:5432' \
	python3 "${0%/*}/serve.py" &
server=$!
until [ -e ready ]; do sleep 0.1; done

engine()
{
	podman --root "$RIG_TMP/store" --runroot "$RIG_TMP/run" \
		--storage-driver vfs --cgroup-manager cgroupfs --runtime crun \
		--events-backend none "$@"
}

# quietly COMMAND...: what it says is shown if it fails.
quietly()
{
	"$@" >quiet.log 2>&1 && return
	echo "FAIL: $*"
	cat quiet.log
	failed=1
}

engine_run()
{
	engine run --rm --network none --cgroups disabled --read-only \
		--user 1234 "$@"
}

with_bundle()
{
	engine_run -v "$RIG_TMP/mine:/any/where:ro" "$@"
}

# says WHAT WANTED COMMAND...: that and no more.
says()
{
	what=$1 wanted=$2
	shift 2
	said=$("$@" 2>&1)
	if [ "$said" = "$wanted" ]; then
		echo "ok: $what"
	else
		echo "FAIL: $what: $said"
		failed=1
	fi
}

served()
{
	what=$1
	shift
	says "$what" served "$@"
}

# ---- images, and ways to bring it in ---------------------------------------------

for image in musl glibc go busybox; do
	quietly engine import "$images/$image.tar" $image
done
for libc in musl glibc; do
	served "$libc, by the command" with_bundle $libc \
		$command -m "$rule" /fetch db.internal 5432
	served "$libc, by the environment" with_bundle \
		-e TCP2VSOCK_MAP="$rule" \
		-e 'LD_PRELOAD=/any/where/$LIB/libtcp2vsock.so' $libc \
		/fetch db.internal 5432
done
for options in '' --cap-drop=all --security-opt=no-new-privileges; do
	# shellcheck disable=SC2086
	served "a static Go program, supervised; options: $options" \
		with_bundle $options go \
		$command -m "$rule" /fetch db.internal 5432
done

# ---- profiles --------------------------------------------------------------------

# forbids NAME NUMBER: AF_VSOCK, with that error, as newer engines' profiles do.
forbids()
{
	jq --arg name "$1" --argjson number "$2" '.defaultErrno = $name |
		.defaultErrnoRet = $number |
		.syscalls |= map(select(.names != ["socket"])) |
		.syscalls += [{"names": ["socket"],
			"action": "SCMP_ACT_ALLOW", "args": [{"index": 0,
			"value": 40, "op": "SCMP_CMP_NE"}]}]' \
		/usr/share/containers/seccomp.json >"$1.json"
}

reason='tcp2vsock[N]: AF_VSOCK sockets are forbidden here: most likely by the'
reason="$reason container's seccomp profile (Docker's default blocks them)"

# fetch PROFILE IMAGE: a process's number is nothing to compare.
fetch()
{
	with_bundle --security-opt "seccomp=$1" "$2" \
		$command -m "$rule" /fetch db.internal 5432 2>&1 |
		sed 's/\[[0-9]*\]: AF/[N]: AF/; s/^dial.*: connect: n/\/fetch: N/' |
		sort
}

edit=$(sed -n "s/^    \\\$ jq '\(.*\)' default.json >.*/\1/p" "$page")
for error in 'EPERM 1' 'ENOSYS 38'; do
	# shellcheck disable=SC2086
	forbids $error
	error=${error% *}
	jq "$edit" "$error.json" >"$error-edited.json"
	for image in glibc go; do
		says "$image where $error forbids AF_VSOCK" \
			"/fetch: Network is unreachable
$reason" fetch "$error.json" $image
		served "$image, that profile edited as the guide says" \
			fetch "$error-edited.json" $image
	done
done

# Docker's lets no process look at another, and makes no namespaces.
jq '.syscalls |= map(.names -= ["kcmp", "pidfd_getfd", "unshare"])' \
	EPERM-edited.json >docker.json
jq "$(sed -n "s/^    \\\$ jq '\(.*pidfd_getfd.*\)' seccomp.json.*/\1/p" "$page")" \
	docker.json >docker-edited.json
mine/bin/tcp2vsock -m "$rule" --hosts >hosts
lets_go()
{
	with_bundle --security-opt "seccomp=$1" -v ./hosts:/etc/hosts:ro go \
		$command -m "$rule" /fetch db.internal 5432
}

refused=$(lets_go docker.json 2>&1)
case $refused in
*"can't supervise"*SYS_PTRACE*) echo "ok: Docker's profile, without that: said" ;;
*)
	echo "FAIL: Docker's profile: $refused"
	failed=1
	;;
esac
served "go, that profile edited as the guide says, with a hosts file" \
	lets_go docker-edited.json

# ---- images that hold it, and the pod ----------------------------------------------

# An image of nothing but the bundle, which other images copy it from; and that
# of the guide's pod, which has a cp.
build()
{
	quietly engine build --network host --isolation chroot "$@"
}

cp "$images/Containerfile" .
build -t tcp2vsock -f Containerfile mine
printf 'FROM localhost/musl\n%s\n' "$(sed -n \
	's/.*`\(COPY --from=tcp2vsock .*\)`.*/\1/p' "$page" |
	sed s,=tcp2vsock,=localhost/tcp2vsock,)" >with-it
build -t with-it -f with-it .
says 'an image of nothing but the bundle' "$(mine/bin/tcp2vsock --version)" \
	engine_run localhost/tcp2vsock /opt/tcp2vsock/bin/tcp2vsock --version
served 'another image that copied it' engine_run localhost/with-it \
	/opt/tcp2vsock/bin/tcp2vsock -m "$rule" /fetch db.internal 5432

build --build-arg BASE=localhost/busybox -t tcp2vsock -f Containerfile mine
quietly engine tag localhost/glibc localhost/app
cp EPERM-edited.json vsock.json
. "$images/pod.sh"
mkdir tcp2vsock && chmod 777 tcp2vsock
says "the pod's init container" '' pod_tcp2vsock
served "and its application" pod_app /fetch db.internal 5432
kill $server
exit $failed
