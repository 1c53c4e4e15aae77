#!/bin/sh
# SPDX-License-Identifier: MIT
# Small daemons, each with its own way to wait, and their clients: beanstalkd,
# gearmand with a worker, Unbound, ngIRCd and ii, rsyslog and logger, MPD and
# mpc, Transmission, Icecast, distcc, gdbserver and gdb.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs beanstalkd beanstalkd gearmand gearman-job-server gearman gearman-tools \
	unbound unbound dig bind9-dnsutils ngircd ngircd ii ii \
	rsyslogd rsyslog logger bsdutils mpd mpd mpc mpc \
	transmission-daemon transmission-daemon \
	transmission-remote transmission-cli icecast2 icecast2 \
	distccd distcc gdbserver gdbserver gdb gdb curl curl ncat ncat \
	gcc gcc ss iproute2
in_rig 400
chmod 777 .
export HOME="$RIG_TMP"

# dials NAME PORT COMMAND...: a client in the background; sets $pid
dials() {
	name=$1 port=$2
	shift 2
	launch "$name" redirected \
		"connect $address:$port = vsock:local:$port" "$@"
}

start beanstalkd 7201 beanstalkd -p 7201
up beanstalkd 7201
printf 'put 1 0 10 3\r\nabc\r\nreserve\r\nquit\r\n' >jobs
same "beanstalkd: a job there and back" "INSERTED 1 RESERVED 1 3 abc" \
	"$(client 7201 ncat $address 7201 <jobs | tr -d '\r' | paste -sd ' ')"
stop "$pid"

start gearmand 7202 gearmand -p 7202 -l stderr
gearmand=$pid
up gearmand 7202
dials worker 7202 gearman -h $address -p 7202 -w -f up -- tr a-z A-Z
echo abc >word
same "gearmand: a job that a worker does" ABC \
	"$(client 7202 gearman -h $address -p 7202 -f up <word 2>&1)"
stop "$pid"
stop $gearmand

cat >unbound.conf <<END
server:
	interface: 127.0.0.1@7203
	do-udp: no
	do-daemonize: no
	use-syslog: no
	username: ""
	chroot: ""
	directory: "$PWD"
	pidfile: "$PWD/unbound.pid"
	access-control: 0.0.0.0/0 allow
	local-zone: "example." static
	local-data: "a.example. A 192.0.2.1"
END
start unbound 7203 unbound -d -c "$PWD/unbound.conf"
up unbound 7203
same "Unbound: ten questions" 10 "$(for n in 0 1 2 3 4 5 6 7 8 9; do
	echo a.example
done | client 7203 dig +tcp +short -p 7203 @$address -f /dev/stdin |
	grep -c 192.0.2.1)"
stop "$pid"

cat >ngircd.conf <<END
[Global]
	Name = irc.example.net
	Listen = 0.0.0.0
	Ports = 6667
	ServerUID = nobody
	ServerGID = nogroup
	PidFile = $PWD/ngircd.pid
[Options]
	PAM = no
	DNS = no
	Ident = no
	ChrootDir = /
END
start ngircd 6667 ngircd -n -f "$PWD/ngircd.conf"
ngircd=$pid
up ngircd 6667
talks() { dials "$1" 6667 ii -s $address -p 6667 -n "$1" -i "$PWD/$1"; }
talks joe && joe=$pid
talks ann && ann=$pid
heard() { wait_for grep -q "$2" "$1/$address/out"; }
check "joe is let in" heard joe "Welcome.*joe!~joe@127.0.0.1"
check "ann, too" heard ann "Welcome.*ann!~ann@127.0.0.1"
echo "/j ann from joe to ann" >"joe/$address/in"
check "ann hears joe" wait_for grep -q "from joe to ann" "ann/$address/joe/out"
stop "$joe"
stop "$ann"
stop $ngircd

cat >rsyslog.conf <<END
module(load="imtcp")
input(type="imtcp" port="7204")
template(name="who" type="string" string="%fromhost-ip% %msg%\n")
*.* action(type="omfile" file="$PWD/syslog" template="who")
END
start rsyslog 7204 rsyslogd -n -f "$PWD/rsyslog.conf" -i "$PWD/rsyslog.pid"
up rsyslog 7204
check "logger" client 7204 logger -T -n $address -P 7204 "to the log"
check "rsyslog has its line, and whence" wait_for \
	grep -q '^127.0.0.1 .*to the log' syslog
stop "$pid"

mkdir music lists
cat >mpd.conf <<END
music_directory "$PWD/music"
playlist_directory "$PWD/lists"
db_file "$PWD/mpd.db"
port "6600"
bind_to_address "0.0.0.0"
audio_output {
	type "null"
	name "none"
}
END
start mpd 6600 mpd --no-daemon --stderr mpd.conf
up mpd 6600
check "mpc changes a setting" client 6600 mpc -h $address repeat on
same "... that the next one sees" "repeat: on" \
	"$(client 6600 mpc -h $address status 2>&1 | grep -o 'repeat: on')"
stop "$pid"

start transmission 9091 transmission-daemon -f -g "$PWD/transmission" -T \
	-p 9091 --no-portmap --no-dht --no-lpd
up transmission 9091
check "Transmission: its remote control" client 9091 transmission-remote \
	$address:9091 --session-info
stop "$pid"

sed "s,/var/log/icecast2,$PWD,; s,<port>8000,<port>8001," \
	/etc/icecast2/icecast.xml >icecast.xml
start icecast 8001 setpriv --reuid nobody --clear-groups \
	icecast2 -c "$PWD/icecast.xml"
up icecast 8001
icecast=$pid
# The source sends for as long as somebody listens.
dials source 8001 curl -sS --limit-rate 50k -T /dev/zero -u source:hackme \
	-H 'Content-Type: audio/mpeg' "http://$address:8001/sound"
mounted() { client 8001 curl -fsS "http://$address:8001/status-json.xsl" |
	grep -q /sound; }
check "Icecast takes a stream" wait_for mounted
same "... and hands it on" 50000 "$(client 8001 sh -c \
	'curl -sS "$0" 2>/dev/null | head -c 50000 | wc -c' \
	"http://$address:8001/sound")"
stop "$pid"
stop $icecast

start distccd 3632 distccd --no-detach --daemon --allow 0.0.0.0/0 \
	--log-stderr --user nobody
up distccd 3632
echo 'int main(void) { return 42; }' >answer.c
export DISTCC_HOSTS="$address" DISTCC_FALLBACK=0 DISTCC_DIR="$PWD/distcc"
mkdir distcc
check "distcc compiles" client 3632 distcc gcc -g -c answer.c -o answer.o
gcc answer.o -o answer
./answer
same "... a program that runs" 42 $?
check "... on the server" grep -q 'COMPILE_OK' distccd.log
stop "$pid"

start gdbserver 7205 gdbserver 0.0.0.0:7205 ./answer
up gdbserver 7205
check "gdb stops a program of gdbserver's" client 7205 gdb -q -batch \
	-ex "target remote $address:7205" -ex 'break main' -ex continue \
	-ex 'print 6 * 7' -ex continue ./answer
cp check.log gdb.log
check "... in main" grep 'Breakpoint 1, main' gdb.log
check "... and lets it end" grep 'exited with code 052' gdb.log
check "no TCP connection was tried" no_opens
finish
