#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs that are linked statically: Rust's std and tokio, C with musl and with
# glibc, BusyBox's httpd, wget, nc and telnet, Free Pascal's HTTP server and
# client; and C's alone in an empty root, by chroot and by bwrap.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs rustc rustc cargo cargo musl-gcc musl-tools fpc fp-compiler \
	busybox busybox-static bwrap bubblewrap ss iproute2
ls -d /usr/share/cargo/registry/tokio-1* >/dev/null 2>&1 ||
	needs tokio librust-tokio-dev
echoes=$srcdir/tests/apps/extra/echo
crate=$builddir/extra/tokio

# tokio takes a while to build: once, and outside the test kernel.
build_tokio() {
	mkdir -p "$crate/.cargo" "$crate/src"
	cp "$echoes/tokio.rs" "$crate/src/main.rs"
	cat >"$crate/Cargo.toml" <<-END2
		[package]
		name = "tokio-echo"
		version = "1.0.0"
		edition = "2021"
		[dependencies.tokio]
		version = "1"
		features = ["net", "rt-multi-thread", "io-util", "time"]
	END2
	cat >"$crate/.cargo/config" <<-END2
		[source.crates-io]
		replace-with = "debian"
		[source.debian]
		directory = "/usr/share/cargo/registry"
		[build]
		rustflags = ["-C", "target-feature=+crt-static"]
	END2
	(cd "$crate" && CARGO_HOME=$crate/home cargo build -q --offline) ||
		exit 99
}

[ -n "${RIG:-}" ] || build_tokio
in_rig 600
rustc -O -C target-feature=+crt-static -o std "$echoes/echo.rs" &&
	cp "$crate/target/debug/tokio-echo" tokio &&
	musl-gcc -O2 -static -o musl "$echoes/echo.c" &&
	gcc -O2 -static -o glibc "$echoes/echo.c" 2>/dev/null &&
	fpc -v0 -FE. -opascal "$echoes/echo.pas" >/dev/null || exit 99
# shellcheck disable=SC2016 # ldd's words
for program in std tokio musl glibc pascal; do
	check "$program is static" sh -c 'ldd "$0" 2>&1 |
		grep -E "statically linked|not a dynamic executable"' \
		"$PWD/$program"
done

start std 7100 ./std server
start tokio 7101 ./tokio server
start musl 7102 ./musl server 7102
start pascal 7103 ./pascal server
start glibc 7106 ./glibc server 7106
for server in std:7100 tokio:7101 musl:7102 pascal:7103 glibc:7106; do
	up ${server%:*} ${server#*:}
done
same "std, 20 clients at once" answered "$(client 7100 ./std client)"
same "tokio, 50 clients at once" answered "$(client 7101 ./tokio client)"
same "musl" answered "$(client 7102 ./musl client $address 7102)"
same "Free Pascal" answered "$(client 7103 ./pascal client)"
same "glibc" answered "$(client 7106 ./glibc client $address 7106)"
same "glibc to musl" answered "$(client 7102 ./glibc client $address 7102)"

mkdir files && head -c 1000000 /dev/urandom >files/large || exit 99
start httpd 7104 busybox httpd -f -p 7104 -h files
up httpd 7104
check "BusyBox: wget from httpd" client 7104 busybox wget -q -O large \
	"http://$address:7104/large"
check "... the same" cmp large files/large
start nc 7105 busybox nc -ll -p 7105 -e busybox cat
up nc 7105
same "... nc" hello "$(echo hello | client 7105 busybox nc $address 7105)"
# telnet ends with its input, whatever is still to come.
same "... telnet" hello "$( (echo hello && sleep 5) |
	client 7105 busybox telnet $address 7105 | grep hello | tr -d '\r')"

# There is nothing but the program: no library, no launcher, no /proc.
mkdir root && cp musl glibc root || exit 99
export TCP2VSOCK_ENGINE=supervise
launch alone redirected "listen *:7107 = vsock:any:7107" \
	chroot root /musl server 7107
up alone 7107
same "alone, by chroot" answered \
	"$(client 7107 chroot root /glibc client $address 7107)"
same "alone, by bwrap" answered "$(client 7107 bwrap --unshare-user \
	--unshare-pid --ro-bind root / /musl client $address 7107)"
for port in 7100 7101 7102 7103 7104 7105 7106 7107; do
	check "no TCP socket was made for port $port" no_tcp $port
done
check "no TCP connection was tried" no_opens
finish
