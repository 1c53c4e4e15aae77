#!/bin/sh
# SPDX-License-Identifier: MIT
# --import: other tools' command lines as rules, and the same guide's examples.
. "${srcdir:=.}/tests/launcher/lib.sh"

# gives RULE COMMAND...: the only line that is no comment; --check takes it all.
gives() {
	wanted=$1
	shift
	run_it tcp2vsock --import "$@"
	want_status 0
	want_quiet
	cp "$tmp/out" "$tmp/imported"
	chmod 644 "$tmp/imported"
	run_it grep -v '^#' "$tmp/imported"
	last=$*
	want_exactly "$wanted"
	run_it tcp2vsock --check -f "$tmp/imported"
	want_status 0
}

gives 'connect 127.0.0.1:5432 = vsock:3:5432' \
	socat TCP-LISTEN:5432,fork,reuseaddr VSOCK-CONNECT:3:5432
gives 'connect 127.0.0.1:5432 = vsock:3:5432' \
	/usr/bin/socat -d -d -T 30 -lf/tmp/log tcp4-l:5432 vsock:3:5432
gives 'connect 127.0.0.1:5432 = vsock:3:5432' \
	socat VSOCK-CONNECT:3:5432 TCP-LISTEN:5432
gives 'connect 10.0.0.1:80 = vsock:2:8080' \
	socat TCP-LISTEN:80,bind=10.0.0.1,fork VSOCK-CONNECT:2:8080
gives 'connect [::1]:80 = vsock:2:8080' \
	socat TCP6-LISTEN:80 VSOCK-CONNECT:2:8080
gives 'connect [::1]:80 = vsock:2:8080' \
	socat 'TCP6-LISTEN:80,bind=[::1]' VSOCK-CONNECT:2:8080
gives 'listen *:5432 = vsock:any:6000' \
	socat VSOCK-LISTEN:6000,fork TCP:127.0.0.1:5432
gives 'listen *:5432 = vsock:any:6000' \
	socat TCP6:[::1]:5432 VSOCK-L:6000
gives 'listen *:53 = hvsock:/run/v.sock:52' \
	socat UNIX-LISTEN:/run/v.sock_52,fork TCP:localhost:53
gives 'connect kms.us-east-1.amazonaws.com:443 = vsock:3:8000' \
	vsock-proxy 8000 kms.us-east-1.amazonaws.com 443
gives 'connect [2001:db8::1]:443 = vsock:3:8000' \
	vsock-proxy -6 -w 20 --config /etc/x.yaml 8000 2001:db8::1 443
gives 'connect 127.0.0.1:80 = unix:/x' \
	socat TCP-LISTEN:80,fork UNIX-CONNECT:/x
gives 'connect [::1]:80 = unix:@name' \
	socat ABSTRACT-CLIENT:name TCP6-LISTEN:80
gives 'listen *:80 = unix:/run/vm/port.sock' \
	socat UNIX-LISTEN:/run/vm/port.sock,fork TCP:localhost:80
gives 'listen *:80 = unix:@n_52' socat ABSTRACT-LISTEN:n_52 TCP:localhost:80
gives 'listen *:80 = unix:/run/x' ip2unix -r in,port=80,path=/run/x httpd
gives 'listen 10.0.0.1:80-90 = unix:/run/a,%p' \
	ip2unix -r 'in,tcp,addr=10.0.0.1,port=80-90,path=/run/a\,%p' httpd -r x
gives 'connect [::1]:80 = unix:/run/x' \
	ip2unix -v --rule=out,address=::1,port=80,path=/run/x
gives 'connect 10.0.0.1:* = direct
listen *:* = refuse
connect *:* = refuse' ip2unix -rout,addr=10.0.0.1,ignore --rule reject psql

run_it sh -c "printf '%s\n' '# two' '' 'socat TCP-L:1 \"VSOCK:3:1\"' \
	\"vsock-proxy 8000 a.b 2\" | tcp2vsock --import"
want_status 0
want_out '^connect 127.0.0.1:1 = vsock:3:1$'
want_out '^connect a.b:2 = vsock:3:8000$'

# What can't be translated says which word it is and why, in a comment and on
# stderr; with --strict nothing is printed.
cannot_import() {
	pattern=$1
	shift 3
	rm -f "$tmp/ran"
	run_it tcp2vsock --import "$@"
	want_status 1
	want_err "$pattern"
	want_out "^# Not translated.*$pattern"
	checks=$((checks + 1))
	[ ! -e "$tmp/ran" ] || fail 'something has run'
	refused "$pattern" tcp2vsock --import --strict "$@"
	want_exactly ''
}
cannot_import 'nc: none of the forwarders' tcp2vsock --import nc -l 5
cannot_import 'expected two' tcp2vsock --import socat TCP-LISTEN:1
cannot_import 'expected two' tcp2vsock --import socat
cannot_import 'OPENSSL-LISTEN:1: only TCP' \
	tcp2vsock --import socat OPENSSL-LISTEN:1 VSOCK:3:1
cannot_import 'range=10.0.0.0/8: .*who may' \
	tcp2vsock --import socat TCP-LISTEN:1,range=10.0.0.0/8 VSOCK:3:1
cannot_import 'db.internal: .*another machine' \
	tcp2vsock --import socat VSOCK-LISTEN:1 TCP:db.internal:1
cannot_import 'expected TCP-LISTEN with' \
	tcp2vsock --import socat TCP-LISTEN:1 TCP:10.0.0.1:2
cannot_import 'VSOCK-CONNECT:3: expected HOST:PORT or CID:PORT' \
	tcp2vsock --import socat TCP-LISTEN:1 VSOCK-CONNECT:3
cannot_import 'TCP-LISTEN: expected a port' \
	tcp2vsock --import socat TCP-LISTEN VSOCK:3:1
cannot_import 'bad path "x"; expected an absolute path' \
	tcp2vsock --import socat UNIX-LISTEN:x TCP:localhost:1
cannot_import 'another machine, which only a forwarder can reach$' \
	tcp2vsock --import socat UNIX-LISTEN:/x TCP:db.internal:1
cannot_import 'bad port "99999"' \
	tcp2vsock --import socat TCP-LISTEN:99999 VSOCK:3:1
cannot_import 'expected LOCAL_PORT' tcp2vsock --import vsock-proxy 8000 a
cannot_import 'expected LOCAL_PORT' tcp2vsock --import vsock-proxy 1 a 2 3
cannot_import 'systemd: has no equivalent' \
	tcp2vsock --import ip2unix -r in,systemd
cannot_import 'blackhole: has no equivalent' \
	tcp2vsock --import ip2unix -r in,blackhole
cannot_import 'UDP stays' tcp2vsock --import ip2unix -r udp,path=/run/x
cannot_import 'names no socket' tcp2vsock --import ip2unix -r in,port=80
cannot_import "error can't be chosen" \
	tcp2vsock --import ip2unix -r reject=ENOENT
cannot_import 'only %p has an equivalent' \
	tcp2vsock --import ip2unix -r in,port=1,path=/run/%p-%a
cannot_import 'one Unix socket for several ports' \
	tcp2vsock --import ip2unix -r in,path=/run/x
cannot_import 'YAML is not read' tcp2vsock --import ip2unix -f rules.yaml
cannot_import 'no rule is given' tcp2vsock --import ip2unix curl
refused 'no forwarder was found' sh -c 'tcp2vsock --import </dev/null'
refused 'no forwarder was found' sh -c 'echo ls -l | tcp2vsock --import'
refused '^tcp2vsock: /nonexistent: No such file' \
	tcp2vsock --import /etc/passwd /nonexistent
# A name that is to be a file's, and is not, is no forwarder's.
for name in ./none.sh start-socat.sh "$tmp/none/socat.conf"; do
	refused "^tcp2vsock: $name: No such file" tcp2vsock --import "$name"
	want_exactly ''
done
refused "^tcp2vsock: $tmp: Is a directory" tcp2vsock --import "$tmp"
refused '^tcp2vsock: /etc/passwd: no forwarder was found' \
	tcp2vsock --import /etc/passwd
run_it tcp2vsock --import /none/socat TCP-L:1 VSOCK:3:1
want_out '^connect 127.0.0.1:1 = vsock:3:1$'
run_it tcp2vsock --import VSOCK-LISTEN:1 TCP:127.0.0.1:80
want_out '^listen .*:80 = vsock:any:1$'
refused '[-]-strict goes with --import' tcp2vsock --strict true

# Nothing is run.
run_it sh -c "echo 'socat TCP-L:1 VSOCK:3:\$(touch $tmp/ran)' |
	tcp2vsock --import"
want_status 1
want_out 'touch .*only known when the script runs'
checks=$((checks + 1))
[ ! -e "$tmp/ran" ] || fail 'something has run'

# What a port's server has to be told, now that clients have addresses.
run_it tcp2vsock --import socat VSOCK-LISTEN:3128,fork TCP:127.0.0.1:3128
want_status 0
want_out '^# .*100\.64\.0\.0/10'
want_out '^# squid: acl '

# Several files; none of them is what the others are.
echo 'socat TCP-L:1 VSOCK:3:1' >"$tmp/a"
printf '[Service]\nExecStart=nc-vsock -l 2 -t localhost 3\n' >"$tmp/b"
run_it tcp2vsock --import "$tmp/a" "$tmp/b"
want_status 0
want_out '^connect 127.0.0.1:1 = vsock:3:1$'
want_out '^listen \*:3 = vsock:any:2$'

# The examples of the guide: a command line after "$ ", and then its rules.
guide=$srcdir/doc/from-others.md
sed -n 's/^    \$ tcp2vsock --import \([a-z]\)/\1/p' "$guide" >"$tmp/examples"
while IFS= read -r example; do
	run_it sh -c "tcp2vsock --import $example"
	want_status 0
	while IFS= read -r line; do
		checks=$((checks + 1))
		grep -qxF -- "    $line" "$guide" || fail "not in the guide: $line"
	done <"$tmp/out"
done <"$tmp/examples"
run_it wc -l "$tmp/examples"
want_out '^ *[4-9] '

finish
