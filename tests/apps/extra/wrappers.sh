#!/bin/sh
# SPDX-License-Identifier: MIT
# What stands between the library and a program: other preloads (faketime,
# eatmydata, stdbuf, jemalloc, fakeroot, proxychains), other users and namespaces
# (setpriv, su, sudo, unshare, bubblewrap), debuggers (gdb, strace), terminals
# (script, screen, tmux), and what starts many at once (xargs, make).
#
# Setting: tcp2vsock behind sudo; root may have --preserve-env=LD_PRELOAD,TCP2VSOCK_MAP
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
jemalloc=/usr/lib/$(uname -m)-linux-gnu/libjemalloc.so.2
needs faketime faketime eatmydata eatmydata proxychains4 proxychains4 \
	microsocks microsocks fakeroot fakeroot bwrap bubblewrap \
	gdb gdb strace strace start-stop-daemon dpkg sudo sudo screen screen tmux tmux make make \
	"$jemalloc" libjemalloc2 curl curl python3 python3 ss iproute2
in_rig 300

mkdir root && echo hello >root/hello
url=http://$address:8000/hello
start web 8000 python3 -m http.server -d root 8000
up web 8000

# hello WHAT COMMAND...: it prints what the server has
hello() {
	what=$1
	shift
	same "$what" hello "$(client 8000 "$@" 2>&1 | tr -d '\r')"
}
get="curl -sS --max-time 60 $url"

hello faketime faketime '2020-01-01 00:00:00' $get
hello eatmydata eatmydata $get
hello stdbuf stdbuf -oL $get
hello jemalloc env "LD_PRELOAD=$jemalloc" sh -c \
	'LD_PRELOAD=$LD_PRELOAD:$0 exec '"$get" "$RIG_TMP/libtcp2vsock.so"
LD_PRELOAD=$jemalloc hello "jemalloc, there before" $get
hello fakeroot fakeroot $get
hello nohup nohup $get
hello strace strace -f -o strace.out $get
same gdb 1 "$(client 8000 gdb -batch -ex run --args $get 2>&1 | grep -cx hello)"
hello script script -qec "$get" /dev/null
hello start-stop-daemon start-stop-daemon --start --exec /usr/bin/curl -- \
	-sS --max-time 60 $url
hello "no more than eight descriptors" prlimit --nofile=8 $get
hello "another user" setpriv --reuid nobody --clear-groups $get
hello "its own network namespace" unshare -n $get
hello "its own of all kinds" unshare -n -m -u -i -p -f $get
hello bubblewrap bwrap --dev-bind / / --unshare-all --uid 1000 $get
hello su su -c "$get"
hello sudo sudo --preserve-env=LD_PRELOAD,TCP2VSOCK_MAP $get
if [ -z "$TCP" ]; then
	rules="connect $address:8000 = vsock:local:8000"
	set -- "TCP2VSOCK_LIBRARY=$RIG_TMP/libtcp2vsock.so" \
		"$builddir/launcher/tcp2vsock" -m "$rules" $get
	hello "behind sudo and env -i" sudo env -i "$@"
	# An ordinary user's LD_PRELOAD does not get through sudo.
	echo 'nobody ALL=(ALL) NOPASSWD:SETENV: ALL' >sudoers
	chmod 440 sudoers && mount --bind sudoers /etc/sudoers
	user="setpriv --reuid nobody --regid nogroup --clear-groups"
	hello "an ordinary user's sudo tcp2vsock" $user sudo env "$@"
	same "... whose --preserve-env has nothing to preserve" "unset, $rules" \
		"$(client 8000 $user sudo --preserve-env=LD_PRELOAD,TCP2VSOCK_MAP \
			sh -c 'echo "${LD_PRELOAD-unset}, $TCP2VSOCK_MAP"')"
fi
same "xargs -P" 8 "$(seq 8 | client 8000 xargs -P 4 -I% $get | grep -c hello)"
printf 'all: a b c d\na b c d:\n\t@%s\n' "$get" >Makefile
same "make -j" 4 "$(client 8000 make -s -j4 | grep -c hello)"

client 8000 screen -D -m sh -c "$get >$PWD/screen.out"
same screen hello "$(cat screen.out)"
client 8000 tmux -S "$PWD/tmux" new-session -d "$get >$PWD/tmux.out"
check tmux wait_for grep hello tmux.out

# The proxy dials 10.0.0.5, by vsock; the program only ever dials the proxy.
launch socks redirected "listen *:1080 = vsock:any:1080
	connect $address:8000 = vsock:local:8000" microsocks -p 1080
up socks 1080
printf 'strict_chain\n[ProxyList]\nsocks5 %s 1080\n' $address >chains.conf
same "proxychains, whose proxy is reached by vsock" hello \
	"$(client 1080 proxychains4 -q -f "$PWD/chains.conf" $get 2>&1)"
check "no TCP connection was tried" no_opens
finish
