#!/bin/sh
# SPDX-License-Identifier: MIT
# --doctor, of this very machine: what it says is so, and nobody is called.
# tests/unit/test_doctor has the other machines.
. "${srcdir:=.}/tests/launcher/lib.sh"

no_vsock=$PWD/tests/launcher/no-vsock
: >"$tmp/empty"

# Where there is a loopback and no hypervisor; the rest is the same there, and
# python takes its time.
[ "${RIG:-}" != kernel ] || {
	run_it tcp2vsock --doctor -m 'connect 10.0.0.1:1 = vsock:local:1' \
		-m 'connect 10.0.0.2:1 = vsock:host:1' \
		-m 'connect 10.0.0.3:1 = vsock:9:1' \
		-m 'listen *:1 = vsock:9:1'
	want_status 1
	want_out 'leads to this machine itself'
	want_out 'no machine runs this one: CID 2 leads'
	want_out 'no transport leads to CID 9'
	want_out "CID 9 is not this machine's"
	want_out '^ok +loopback '
	want_out '^note +guest '
	run_it tcp2vsock --doctor --json
	want_status 0
	want_out '"loopback": true, "guest": false, "host": false}'
	want_out '"vsock_loopback": "loaded"'
	finish
}

# errno NAME
errno() {
	python3 -c "import errno; print(errno.$1)"
}

# ask_json PYTHON: what the last report says, d.
ask_json() {
	python3 -c "import json; d = json.load(open('$tmp/json')); print($1)"
}

# want_json PYTHON VALUE
want_json() {
	checks=$((checks + 1))
	said=$(ask_json "$1" 2>&1)
	[ "$said" = "$2" ] || fail "$1: $said, wanted $2"
}

# json ARGUMENT...: with the status in $status, the report in $tmp/json.
json() {
	run_it tcp2vsock --doctor --json "$@"
	cp "$tmp/out" "$tmp/json"
	run_json=$status
	python3 -m json.tool "$tmp/json" >"$tmp/nice" 2>"$tmp/err"
	status=$?
	want_status 0
	status=$run_json
}

# Text and JSON say the same, and the status is theirs.
json
want_quiet
[ "$status" = 1 ] || want_status 0
want_json "d['usable']" "$([ "$status" = 0 ] && echo True || echo False)"
run_it tcp2vsock --doctor
[ "$status" = "$run_json" ] || fail "status $status, of --json $run_json"
want_quiet
want_out '^ok +kernel +Linux '
[ "$run_json" = 1 ] || want_out '^Nothing hinders tcp2vsock '
checks=$((checks + 1))
said=$(grep -Ec '^(ok|note|problem) ' "$tmp/out")
[ "$said" = "$(ask_json "len(d['findings'])")" ] || fail "not as many findings"
checks=$((checks + 1))
grep -v "$TCP2VSOCK_LIBRARY" "$tmp/out" | awk 'length > 80 { exit 1 }' ||
	fail "a line wider than a screen"

# The facts are those that others see.
python3 - >"$tmp/facts" <<'END'
import errno, fcntl, socket, struct, os
def name(call):
    try:
        call()
    except OSError as e:
        return errno.errorcode[e.errno]
def cid():
    with open('/dev/vsock') as f:
        return struct.unpack('I', fcntl.ioctl(f, 0x7b9, b'1234'))[0]
def local():
    s = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)
    s.bind((1, socket.VMADDR_PORT_ANY))
print(name(lambda: socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)))
print(name(lambda: open('/dev/vsock')))
print(name(local) is None)
try:
    print(None if cid() == socket.VMADDR_CID_ANY else cid())
except OSError:
    print(None)
END
for fact in socket_error device_error "transports']['loopback" cid; do
	read -r seen
	want_json "d['facts']['$fact']" "$seen"
done <"$tmp/facts"
want_json "d['facts']['kernel']" "$(uname -r)"
want_json "d['facts']['library']['path']" "$TCP2VSOCK_LIBRARY"
want_json "d['facts']['library']['usable']" True

# It looks and doesn't call: no socket is connected, and bound to CID 1 only.
if strace -o "$tmp/calls" true 2>"$tmp/err"; then
	run_it strace -f -o "$tmp/calls" \
		-e trace=connect,bind,listen,sendto,sendmsg,execve \
		tcp2vsock --doctor --json -m 'connect 10.0.0.5:1 = vsock:host:1' \
		-m 'listen *:2 = vsock:any:2' \
		-m 'connect 10.0.0.6:1 = hvsock:/run/none:1'
	run_it grep -E '^[0-9]+ +(connect|listen|send)' "$tmp/calls"
	want_exactly ''
	run_it grep -E 'bind\(' "$tmp/calls"
	want_out 'svm_cid=(VMADDR_CID_LOCAL|0x1|1)\b'
	[ "$(wc -l <"$tmp/out")" -le 1 ] || fail "more than one bind()"
else
	cannot "which calls it makes: no strace"
fi

# A seccomp profile that forbids AF_VSOCK is told from a kernel without it.
# ... and from a security module, which says EACCES.
for name in EPERM EACCES ENOSYS; do
	run_it "$no_vsock" "$(errno $name)" tcp2vsock --doctor
	want_status 1
	want_out '^problem +af_vsock +AF_VSOCK sockets are forbidden'
	case $name in
	EACCES) want_out '-> a security module forbids it' ;;
	*) want_out '-> a seccomp filter forbids it' ;;
	esac
done
run_it "$no_vsock" "$(errno EAFNOSUPPORT)" tcp2vsock --doctor
want_status 1
want_out '^problem +af_vsock +the kernel has no AF_VSOCK'
# For Unix sockets that is no matter, for others it is each rule's.
python3 -c "import socket as s; s.socket(s.AF_UNIX).bind('$tmp/v.sock')"
hybrid="connect 10.0.0.1:1 = hvsock:$tmp/v.sock:1"
run_it "$no_vsock" 1 tcp2vsock --doctor -m "$hybrid"
want_status 0
want_out "^ok +rule +-m:1: $hybrid"
want_out "the socket is there"
run_it "$no_vsock" 1 tcp2vsock --doctor \
	-m "connect 10.0.0.1:1 = unix:$tmp/v%p.sock"
want_status 1
want_out "$tmp/v1.sock: No such file"
run_it "$no_vsock" 1 tcp2vsock --doctor -m "$hybrid" -m "$rule"
want_status 1
want_out '^2 problems above'

# Rules.
printf '# a comment\n%s\n' \
	"connect 10.0.0.1:1 = hvsock:$tmp/none/v.sock:1" >"$tmp/rules"
json -f "$tmp/rules"
want_json "d['findings'][-1]['rule']['line']" 2
want_json "d['findings'][-1]['rule']['source']" "$tmp/rules"
want_json "d['findings'][-1]['level']" problem
[ "$status" = 1 ] || fail "a problem, and status $status"
TCP2VSOCK_MAP="connect 10.0.0.1:1 = hvsock:$tmp/empty:1" \
	run_it tcp2vsock --doctor
want_status 1
want_out '^problem +rule +TCP2VSOCK_MAP:1: connect'
want_out 'is not a socket'
run_it tcp2vsock --doctor -m 'connect 10.0.0.1:1 = vsok:1:1'
want_status 125
want_err '^-m:1:22: unknown target'
run_it tcp2vsock --doctor -f "$tmp/empty"
want_status 125
want_err 'no rules'

# A path may hold bytes that are no UTF-8.
bytes=$(printf '%s/\377"\\' "$tmp")
json -m "connect 10.0.0.1:1 = hvsock:$bytes:1"
want_json "d['findings'][-1]['what']" \
	"$(printf '%s/\357\277\275"\\: No such file or directory' "$tmp")"

# The library.
TCP2VSOCK_LIBRARY=$tmp/none.so run_it tcp2vsock --doctor
want_status 1
want_out '^problem +library .*none\.so'
want_quiet
mkdir "$tmp/closed"
cp "$TCP2VSOCK_LIBRARY" "$tmp/closed/libtcp2vsock.so"
chmod 700 "$tmp/closed"
TCP2VSOCK_LIBRARY=$tmp/closed/libtcp2vsock.so run_it tcp2vsock --doctor
want_out "^note +library +other users can't read it"
cp "$TCP2VSOCK_LIBRARY" "$tmp/libtcp2vsock.so"
LD_PRELOAD=$tmp/libtcp2vsock.so run_it tcp2vsock --doctor
want_status 1
want_out '^problem +preload +LD_PRELOAD has another tcp2vsock'
TCP2VSOCK_LIBRARY=$tmp/libtcp2vsock.so LD_PRELOAD=$tmp/libtcp2vsock.so \
	run_it tcp2vsock --doctor
run_it grep ' preload ' "$tmp/out"
want_exactly ''
LD_PRELOAD=libm.so.6 run_it tcp2vsock --doctor
want_out '^note +preload +LD_PRELOAD has libm\.so\.6 in front of'

# In a user namespace the capability for low ports doesn't count.
if unshare -r true 2>"$tmp/err"; then
	low='listen *:80 = vsock:any:80'
	run_it unshare -r tcp2vsock --doctor -m "$low"
	want_status 1
	want_out '^note +ports'
	want_out "^ +vsock ports below 1024 can't be bound"
	# What can't be seen is not said to be missing.
	run_it unshare -rm sh -c 'mount -t tmpfs none /dev &&
		mount -t tmpfs none /sys && exec tcp2vsock --doctor'
	want_out '^note +device +/dev/vsock: No such file or directory'
	if [ ! -e /proc/modules ]; then
		want_out '^note +transport +neither /dev/vsock nor /sys'
	fi
else
	echo "not checked here: user namespaces: no unshare -r"
fi

# What can't be asked is said.
refused '^tcp2vsock: --json goes with --doctor' \
	tcp2vsock --json -m "$rule" touch "$tmp/ran"
refused 'doctor runs no command; .*--check' \
	tcp2vsock --doctor touch "$tmp/ran"
run_it sh -c 'tcp2vsock --doctor >/dev/full'
want_status 125

# The same where there is a loopback and no hypervisor.
[ "${RIG:-}" ] || {
	last='tests/launcher/doctor.sh in the test kernel'
	sh "$srcdir/tests/rig/run" --timeout 300 sh "$0" >"$tmp/rig" 2>&1
	status=$?
	cp "$tmp/rig" "$tmp/out"
	: >"$tmp/err"
	[ "$status" = 77 ] || want_status 0
	sed 's/^/test kernel: /' "$tmp/rig"
}
finish
