#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs that can't be redirected are refused before they run; where there is
# only the library, for tests/door/ has those that are supervised instead.
. "${srcdir:=.}/tests/launcher/lib.sh"

TCP2VSOCK_ENGINE=preload
export TCP2VSOCK_ENGINE

cat >"$tmp/mark.c" <<END
#include <fcntl.h>
#include <stdio.h>
int main(void) { puts("runs"); return open("$tmp/ran", O_CREAT, 0600) < 0; }
END

# build NAME FLAGS...
build() {
	name=$1
	shift
	$cc -o "$tmp/$name" "$tmp/mark.c" "$@" 2>/dev/null
}

# refuses PATTERN COMMAND...
refuses() {
	pattern=$1
	shift
	refused "$pattern" tcp2vsock -m "$rule" "$@"
}

# script NAME LINE: a script that starts so and leaves its mark.
script() {
	printf '%s\n: >"%s"\n' "$2" "$tmp/ran" >"$tmp/$1"
	chmod +x "$tmp/$1"
}

for flag in -pie -no-pie; do
	build dynamic $flag || exit 99
	run_it tcp2vsock -m "$rule" "$tmp/dynamic"
	want_status 0
	want_out runs
	want_quiet
done

linked='is statically linked'
if build static-pie -static-pie; then
	refuses "$linked" "$tmp/static-pie"
else
	cannot "-static-pie: $cc can't"
fi
if build static -static; then
	refuses "$tmp/static $linked" "$tmp/static"
	want_err 'stay on TCP: .*dynamically.*bridge.*put tcp2vsock behind it'
	refused "$linked" tcp2vsock --check -m "$rule" "$tmp/static"
	run_it tcp2vsock --force -m "$rule" "$tmp/static"
	want_status 0
	want_out runs
	want_err "^tcp2vsock: warning: $tmp/static $linked"

	mkdir "$tmp/bin"
	cp "$tmp/static" "$tmp/bin/found"
	PATH=$tmp/bin:$PATH refuses "$tmp/bin/found $linked" found
	PATH=$tmp/none:$tmp/bin:$PATH refuses "$linked" found

	# Scripts: the interpreter counts, however far away it is.
	script direct "#!$tmp/static"
	script blanks "#!  	$tmp/static  -x "
	script second "#! $tmp/direct"
	script third "#!$tmp/second arg"
	printf '#!%s' "$tmp/static" >"$tmp/no-newline"
	chmod +x "$tmp/no-newline"
	for name in direct blanks second third no-newline; do
		refuses "$tmp/static $linked" "$tmp/$name"
	done
	PATH=$tmp/bin:$PATH
	export PATH
	script by-env '#!/usr/bin/env found'
	script by-env-s '#!/usr/bin/env -S A=1 B=2 found -x'
	script by-env-split '#!/usr/bin/env --split-string=found'
	script to-script "#!/usr/bin/env $tmp/by-env"
	for name in by-env by-env-s by-env-split to-script; do
		refuses "$tmp/bin/found $linked" "$tmp/$name"
	done
else
	cannot "-static: $cc can't"
fi
script fine '#!/usr/bin/env sh'
run_it tcp2vsock -m "$rule" "$tmp/fine"
want_status 0
# env's own errors stay env's.
script lost '#!/usr/bin/env no-such-command-anywhere'
run_it tcp2vsock -m "$rule" "$tmp/lost"
want_status 127
want_err '^(/usr/bin/)?env: '

# Another C library: judged by the dynamic linker that the program asks for.
build musl -Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1 || exit 99
refuses 'another C library' "$tmp/musl"
# No such dynamic linker: what execve() says of it.
build orphan -Wl,--dynamic-linker=/no/such/ld.so || exit 99
run_it tcp2vsock -m "$rule" "$tmp/orphan"
want_status 127
want_err "can't run /no/such/ld.so"
# One whose name does not end: load_elf_binary() wants a NUL there.
at=$(grep -abo '/no/such/ld\.so' "$tmp/orphan" | head -n 1 | cut -d : -f 1)
printf 'x' | dd of="$tmp/orphan" bs=1 seek=$((at + 14)) conv=notrunc 2>/dev/null
run_it tcp2vsock -m "$rule" "$tmp/orphan"
want_status 126
want_err 'orphan: Exec format error'

# Another machine: e_ident[EI_CLASS], e_ident[EI_DATA] and e_machine.
for at in 4 5 18 19; do
	cp "$tmp/dynamic" "$tmp/foreign"
	printf '\003' | dd of="$tmp/foreign" bs=1 seek=$at conv=notrunc 2>/dev/null
	refuses 'another machine' "$tmp/foreign"
done
if build thirty-two -m32; then
	refuses 'another machine' "$tmp/thirty-two"
fi

# The mark of the Go linker alone, behind a note whose name is padded, and one
# that only looks like it.
for owner in Go Gx; do
	cat >"$tmp/note.s" <<-END
		.section .note.go.buildid, "a", %note
		.balign 4
		.long 6, 1, 1
		.ascii "other\0\0\0" "x\0\0\0"
		.long 4, 4, 4
		.ascii "$owner\0\0"
		.long 0
	END
	build note "$tmp/note.s" || exit 99
	run_it tcp2vsock --check -m "$rule" "$tmp/note"
	if [ $owner = Go ]; then
		want_status 125
		want_err 'is a Go program'
	else
		want_status 0
	fi
done

if command -v go >/dev/null; then
	export GOCACHE="$tmp/cache" GOFLAGS=-mod=mod GO111MODULE=off
	cat >"$tmp/mark.go" <<-END
		package main
		import "os"
		func main() { os.Create("$tmp/ran") }
	END
	sed 's/^import "os"/import "C"\n&/' "$tmp/mark.go" >"$tmp/cgo.go"
	for flags in '' '-s -w' '-buildid='; do
		go build -ldflags="$flags" -o "$tmp/go" "$tmp/mark.go" || exit 99
		refuses 'is a Go program' "$tmp/go"
	want_err 'stay on TCP: .*a bridge'
		checks=$((checks + 1))
		! grep -q 'dynamically linked' "$tmp/err" ||
			fail "advice that would not help"
	done
	# Dynamic ones are no better: they link libc and pass it by.
	for flags in '' '-linkmode=external' '-buildid='; do
		CGO_ENABLED=1 CC=$cc go build -ldflags="$flags" \
			-o "$tmp/go" "$tmp/cgo.go" || exit 99
		refuses 'is a Go program' "$tmp/go"
	done
	script by-go "#!$tmp/go"
	refuses "$tmp/go is a Go program" "$tmp/by-go"
else
	cannot_yet "Go programs: no go here"
fi

# The mark of Free Pascal alone, and a section that only looks like it.
for section in .fpcdata .fpc .fp; do
	cat >"$tmp/section.s" <<-END
		.section $section, "aw"
		.ascii "FPC 3.2.2"
	END
	build section "$tmp/section.s" -s || exit 99
	run_it tcp2vsock --check -m "$rule" "$tmp/section"
	if [ $section = .fp ]; then
		want_status 0
	else
		want_status 125
		want_err 'is a Free Pascal program'
	fi
done

if command -v fpc >/dev/null; then
	cat >"$tmp/mark.pas" <<-END
		uses {\$ifdef threads} cthreads, {\$endif} sysutils;
		begin FileCreate('$tmp/ran') end.
	END
	# With threads it is linked to the C library, and passes it by.
	for flag in -vn -dthreads; do
		fpc -v0 $flag -o"$tmp/pascal" "$tmp/mark.pas" >"$tmp/fpc.log" 2>&1 ||
			exit 99
		refuses 'is a Free Pascal program' "$tmp/pascal"
	done
else
	cannot_yet "Free Pascal programs: no fpc here"
fi

# Cut or changed anywhere, an ELF file is refused or runs, and breaks nothing.
size=$(wc -c <"$tmp/dynamic")
at=0
while [ $at -lt 1200 ]; do
	cp "$tmp/dynamic" "$tmp/odd"
	printf '\377' | dd of="$tmp/odd" bs=1 seek=$at conv=notrunc 2>/dev/null
	run_it tcp2vsock --check -m "$rule" "$tmp/odd"
	case $status in
	0 | 125 | 126 | 127) checks=$((checks + 1)) ;;
	*) fail "a byte changed at $at" ;;
	esac
	head -c $((size * at / 1200)) "$tmp/dynamic" >"$tmp/odd"
	run_it tcp2vsock --check -m "$rule" "$tmp/odd"
	case $status in
	0 | 125 | 126 | 127) checks=$((checks + 1)) ;;
	*) fail "cut short at $((size * at / 1200))" ;;
	esac
	at=$((at + 7))
done
finish
