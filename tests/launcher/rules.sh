#!/bin/sh
# SPDX-License-Identifier: MIT
# The rules: their order, their checks, and how the program gets them.
. "${srcdir:=.}/tests/launcher/lib.sh"

a='connect 10.0.0.1:1 = vsock:3:1'
b='connect 10.0.0.2:2 = vsock:3:2'
c='connect 10.0.0.3:3 = vsock:3:3'
printf '%s\n' "$c" >"$tmp/rules"
printf '%s\n' 'connect 10.0.0.4:4 = vsock:3:4' >"$tmp/other"

# -m, then the variable, then the file.
TCP2VSOCK_MAP=$b run_it tcp2vsock -f "$tmp/rules" -m "$a" --print
want_status 0
want_quiet
want_exactly "$a
$b
$c"
TCP2VSOCK_MAP=$b run_it tcp2vsock -m "$a" -m "$c" printenv TCP2VSOCK_MAP
want_exactly "$a
$c
$b"
# A comment ends with its own rule.
run_it tcp2vsock -m "$a # one" -m "$b" --print
want_exactly "$a
$b"
# -f takes the place of TCP2VSOCK_CONFIG; paths become absolute.
TCP2VSOCK_CONFIG=$tmp/other run_it tcp2vsock -f "$tmp/rules" --print
want_exactly "$c"
TCP2VSOCK_CONFIG=$tmp/rules run_it tcp2vsock --print
want_exactly "$c"
ln -s rules "$tmp/link"
run_it env -C "$tmp" tcp2vsock -f link printenv TCP2VSOCK_CONFIG
want_exactly "$tmp/link"
TCP2VSOCK_CONFIG=rules run_it env -C "$tmp" tcp2vsock printenv TCP2VSOCK_CONFIG
want_exactly "$tmp/rules"
# A variable that has nothing to hold is not made.
run_it tcp2vsock -f "$tmp/rules" printenv TCP2VSOCK_MAP
want_status 1
run_it tcp2vsock -m "$a" printenv TCP2VSOCK_CONFIG
want_status 1

# What ${NAME} is when the program starts stays so: in a program that clears its
# environment, too.
printf '%s\n' 'connect 10.0.0.4:4 = vsock:${T2V_CID}:4' >"$tmp/variable"
T2V_CID=7 run_it tcp2vsock -f "$tmp/variable" --print
want_exactly 'connect 10.0.0.4:4 = vsock:7:4'
T2V_CID=7 run_it tcp2vsock -m "$a" -f "$tmp/variable" \
	sh -c 'unset T2V_CID; printenv TCP2VSOCK_MAP'
want_exactly "$a
connect 10.0.0.4:4 = vsock:7:4"
T2V_CID=7 run_it tcp2vsock -f "$tmp/variable" printenv TCP2VSOCK_CONFIG
want_status 1
refused 'the environment has no "\$\{T2V_CID\}"' \
	tcp2vsock -f "$tmp/variable" touch "$tmp/ran"
T2V_CID='' refused 'empty is "\$\{T2V_CID\}"' \
	tcp2vsock -f "$tmp/variable" touch "$tmp/ran"
T2V_CID='7 8' refused 'no part of a word is the value of "\$\{T2V_CID\}"' \
	tcp2vsock -f "$tmp/variable" touch "$tmp/ran"
# The supervisor sees a child that has no environment at all.
printf 'connect 10.0.0.4:4 = unix:%s/${T2V_NAME}\n' "$tmp" >"$tmp/variable"
T2V_NAME=none run_it tcp2vsock --engine=supervise -v -f "$tmp/variable" \
	env -i "$(python3 -c 'import sys; print(sys.executable)')" -c 'import os, socket
print(dict(os.environ).get("T2V_NAME"), socket.socket().connect_ex(("10.0.0.4", 4)))'
want_out '^None 111$'
want_err "connect 10.0.0.4:4 -> unix:$tmp/none ECONNREFUSED \(the kernel: ENOENT\)"
awk 'BEGIN { for (i = 1; i <= 9000; i++)
	printf "connect 10.0.0.1:%d = vsock:3:${T2V_CID}\n", i }' >"$tmp/long"
T2V_CID=7 refused 'a file with \$\{NAME\} has to fit' \
	tcp2vsock -f "$tmp/long" touch "$tmp/ran"

# Two names that have one hash.
run_it tcp2vsock -m 'connect db661.internal:1 = refuse' \
	-m 'connect db811.internal:1 = refuse' --check
want_status 0
want_err 'warning: the addresses of db661.internal and db811.internal are'
run_it tcp2vsock -m 'connect db661.internal:1 = refuse' \
	-m 'connect db812.internal:1 = refuse' --check
want_quiet

# Every error, in the user's own words, before anything runs.
printf '%s\nconnect 10.0.0.3:3 = vsok:3:3\n' "$c" >"$tmp/bad"
TCP2VSOCK_MAP='connect 10.0.0.300:1 = vsock:3:1' \
	refused '^-m:2:[0-9]+: ' \
	tcp2vsock -m "$a" -m 'connect 10.0.0.5:0 = vsock:2:5' \
	-m 'conect 10.0.0.5:1 = vsock:2:5' -f "$tmp/bad" touch "$tmp/ran"
want_err '^ +\^'
want_err '^TCP2VSOCK_MAP:1:'
want_err "^$tmp/bad:2:22: "
want_err '^-m:3:1: '
refused "$tmp/none" tcp2vsock -f "$tmp/none" touch "$tmp/ran"
refused 'regular file' tcp2vsock -f "$tmp" touch "$tmp/ran"
mkfifo "$tmp/fifo"
refused 'regular file' tcp2vsock -f "$tmp/fifo" touch "$tmp/ran"
run_it sh -c 'echo "$1" | tcp2vsock --print -f /dev/stdin' - "$a"
want_exactly "$a"
# The name of another file in each process becomes the file's own.
run_it sh -c 'tcp2vsock -f /dev/stdin printenv TCP2VSOCK_CONFIG <"$1"' - \
	"$tmp/rules"
want_exactly "$tmp/rules"
run_it sh -c 'tcp2vsock -f /dev/fd/5 printenv TCP2VSOCK_CONFIG 5<"$1"' - \
	"$tmp/rules"
want_exactly "$tmp/rules"
cp "$tmp/rules" "$tmp/gone"
refused 'without a name' sh -c '
	exec 5<"$1" && rm "$1" && tcp2vsock -f /proc/self/fd/5 touch "$2"' - \
	"$tmp/gone" "$tmp/ran"
chmod 622 "$tmp/other"
refused 'write the file' tcp2vsock -f "$tmp/other" touch "$tmp/ran"
chmod 644 "$tmp/other"
echo '# nothing' >"$tmp/comment"
refused "no rules in $tmp/comment.* 'touch'" \
	tcp2vsock -f "$tmp/comment" -m '' touch "$tmp/ran"
refused "no rules in $tmp/comment" tcp2vsock -f "$tmp/comment" --check
# The warning names the one that covers.
run_it tcp2vsock --check -m "$a" -m "$b" -m "$b"
want_err '^-m:3:1: warning: '
want_err '^  the rule at -m:2:1 covers it'
# What a shell makes of a rule without quotes, and of options that come late.
refused 'quotes around' tcp2vsock -m $a touch "$tmp/ran"
refused "before the command 'touch'" tcp2vsock touch "$tmp/ran" -m "$a"
refused 'URL' tcp2vsock -m 'connect http://10.0.0.1:80 = vsock:3:1' --check

# --check and --print say it all by their status and run nothing.
run_it tcp2vsock --check -m "$a"
want_status 0
want_exactly ''
want_quiet
refused '^-m:1:' tcp2vsock --check -m 'nonsense'
refused '^-m:2:' tcp2vsock --print -m "$a" -m 'nonsense'
refused 'no rules' tcp2vsock --check
run_it tcp2vsock --check -m "$a" touch "$tmp/ran"
want_status 0
run_it test -e "$tmp/ran"
want_status 1
run_it tcp2vsock --check -m "$a" no-such-command-anywhere
want_status 127
run_it sh -c 'tcp2vsock --print -m "$1" >/dev/full' - "$a"
want_status 125
# What --print prints is a table again, and the same one.
run_it tcp2vsock --print -m 'listen *:80=vsock://any:80' \
	-m '10.1.0.0/16:8000-8999 = vsock:16:18000-18999' \
	-m 'listen [::1]:8080=vsock::8080 buffer=4M' \
	-m 'connect db:1-9=vsock:host:* timeout=250ms;connect *.x:*=direct' \
	-m 'peer vsock:3 = 10.0.0.3'
want_status 0
once=$(cat "$tmp/out")
cp "$tmp/out" "$tmp/normal"
run_it tcp2vsock --print -f "$tmp/normal"
want_exactly "$once"

# --explain: the answer, the rule, and why the earlier ones don't match.
run_it tcp2vsock --explain 'connect 10.0.0.1:1' -m "$a"
want_exactly "connect 10.0.0.1 port 1: vsock:3:1 (-m:1)
  -m:1: the first that matches: $a"
run_it tcp2vsock --explain 10.0.0.1:2 -m "$a"
want_exactly "connect 10.0.0.1 port 2: TCP, no rule matches
  -m:1: for other ports: $a"
# ... and by which door a program is served, which does not run.
run_it tcp2vsock --explain 10.0.0.1:2 -m "$a" -- touch "$tmp/ran"
want_status 0
want_out '^touch: by the library, .*libtcp2vsock.so$'
run_it tcp2vsock --engine=supervise --explain 10.0.0.1:2 -m "$a" -- \
	touch "$tmp/ran"
want_out '^touch: by the supervisor$'
run_it tcp2vsock --explain 10.0.0.1:2 -m "$a" -- "$tmp/none"
want_status 127
run_it test -e "$tmp/ran"
want_status 1
run_it tcp2vsock --explain 'listen [::1]:80' -m 'listen *:* = vsock:any:*'
want_out '^listen ::1 port 80: vsock:any:80 \(-m:1\)$'
run_it tcp2vsock --explain '[::ffff:10.0.0.1]:1' -m "$a"
want_out '^connect ::ffff:10.0.0.1 port 1: vsock:3:1 \(-m:1\)$'
u='connect unix:/run/docker.sock = vsock:host:2375'
run_it tcp2vsock --explain unix:/var/run/./docker.sock -m "$u"
want_out '^connect unix:/run/docker.sock: vsock:2:2375 \(-m:1\)$'
want_out 'the first that matches: connect unix:/run/docker.sock = vsock:2:2375$'
run_it tcp2vsock --explain 'listen unix:/run/docker.sock' -m "$u" -m '*:* = refuse'
want_out '^listen unix:/run/docker.sock: a Unix socket of this machine, no rule matches$'
want_out 'only for connect: connect unix:'
run_it tcp2vsock --explain unix:@x -m "$u"
want_out '^connect unix:@x: a Unix socket of this machine, no rule is for it$'
run_it tcp2vsock --explain unix: -m "$u"
want_err 'or unix:PATH$'
run_it tcp2vsock --explain db:1 -m 'connect db:1 = refuse'
want_out '^connect db port 1: refused \(-m:1\)$'
run_it tcp2vsock --explain db:2 -m 'connect db:1 = vsock:2:1'
want_exactly 'connect db port 2: refused, no rule for this name has the port
  -m:1: for other ports: connect db:1 = vsock:2:1'
unknown='as the resolver answers, no rule takes this name; ask again with the address'
run_it tcp2vsock --explain other:1 -m 'connect db:1 = refuse'
want_exactly "connect other port 1: $unknown"
run_it tcp2vsock --explain db:1 -m 'connect db:* = direct'
want_exactly "connect db port 1: $unknown"
cat >"$tmp/explained" <<'END'
listen *:1 = vsock:any:1
peer vsock:3 = 10.0.0.3

10.9.0.0/16:1 = refuse
connect 10.0.0.0/8:2-9 = vsock:4:2-9
connect *:* = vsock:5:*
connect 10.0.0.1:1 = vsock:6:1
END
run_it tcp2vsock --explain 10.0.0.1:1 -f "$tmp/explained"
want_exactly "connect 10.0.0.1 port 1: vsock:5:1 ($tmp/explained:6)
  $tmp/explained:1: only for listen: listen *:1 = vsock:any:1
  $tmp/explained:2: decides no call: peer vsock:3 = 10.0.0.3
  $tmp/explained:4: for another host: 10.9.0.0/16:1 = refuse
  $tmp/explained:5: for other ports: connect 10.0.0.0/8:2-9 = vsock:4:2-9
  $tmp/explained:6: the first that matches: connect *:* = vsock:5:*"
run_it tcp2vsock --explain 'listen 10.9.0.1:2' -f "$tmp/explained"
want_out '^listen 10.9.0.1 port 2: TCP, no rule matches$'
want_out ':4: for other ports: 10.9.0.0/16:1 = refuse$'
want_out ':7: only for connect: connect 10.0.0.1:1 '
# Of a long table, those that name the host.
seq 1 250 | sed 's/.*/connect 10.1.0.&:1 = vsock:3:&/' >"$tmp/long"
echo 'connect 10.1.0.240:2 = vsock:4:2' >>"$tmp/long"
run_it tcp2vsock --explain 10.1.0.240:2 -f "$tmp/long"
want_exactly "connect 10.1.0.240 port 2: vsock:4:2 ($tmp/long:251)
  $tmp/long:240: for other ports: connect 10.1.0.240:1 = vsock:3:240
  $tmp/long:251: the first that matches: connect 10.1.0.240:2 = vsock:4:2
  and 249 rules for other hosts or directions"
for call in '' 10.0.0.1 10.0.0.1:x 10.0.0.1:65536 ::1:80 :80; do
	refused 'expected \[connect' tcp2vsock --explain "$call" -m "$a"
done
# What is no host is said at its place: nobody's program calls that.
for call in 'lisen 10.0.0.1:1' 'udp 10.0.0.1:1'; do
	refused '^--explain:1:1: a host name has no blank$' \
		tcp2vsock --explain "$call" -m "$a"
	want_err '^  \^~+$'
	want_err 'expected \[connect'
done
for call in '*:1' '10.0.0:1' 'connect *:1' 'a..b:1' '*.b:1' '[]:1'; do
	refused 'neither an address nor a host name' \
		tcp2vsock --explain "$call" -m "$a"
done
run_it tcp2vsock --explain 'listen *:80' -m 'listen *:80 = vsock:any:80'
want_status 0
want_out '^listen 0.0.0.0 port 80: vsock:any:80 \(-m:1\)$'

# One string of the environment holds 128 KiB; a file any number.
i=0
set --
while [ $i -lt 130 ]; do
	set -- "$@" -m "connect 10.0.0.5:5432 = vsock:2:5432 # $(printf '%01000d' $i)"
	i=$((i + 1))
done
refused 'too many.*-f' tcp2vsock "$@" touch "$tmp/ran"
shift 10
run_it tcp2vsock "$@" sh -c 'echo ${#TCP2VSOCK_MAP}'
want_status 0
# Names for /etc/hosts: the same addresses as a lookup has.
run_it tcp2vsock -m 'connect db.internal:5432,5433 = vsock:3:*' \
	-m 'connect *.wild.test:80 = vsock:3:80' --hosts
want_status 0
want_quiet
cp "$tmp/out" "$tmp/hosts"
for family in 4 6; do
	run_it tcp2vsock -m 'connect db.internal:5432,5433 = vsock:3:*' \
		getent ahostsv$family db.internal
	address=$(awk 'NR == 1 { print $1 }' "$tmp/out")
	run_it cat "$tmp/hosts"
	want_out "^$address	db\.internal\$"
done
want_out '^# \*\.wild\.test'
run_it wc -l "$tmp/hosts"
want_out '^3 '
finish
