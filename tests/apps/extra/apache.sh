#!/bin/sh
# SPDX-License-Identifier: MIT
# Apache with threads and processes, ab, a graceful restart; git's daemon.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs apache2 apache2 ab apache2-utils git git curl curl ss iproute2
in_rig 240

mkdir www
chmod 755 .
head -c 1000000 /dev/urandom >www/file
export APACHE_RUN_DIR="$PWD"
cat >apache.conf <<END
ServerName here
User nobody
Mutex file:$PWD default
PidFile $PWD/apache.pid
ErrorLog $PWD/error.log
Listen 8085
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
DocumentRoot $PWD/www
END
page=http://$address:8085/file
passes() {
	client 8085 curl -sfS --max-time 30 -o copy "$page" && cmp www/file copy
}

start apache 8085 apache2 -d "$PWD" -f apache.conf -D FOREGROUND
apache=$pid
up apache 8085
check "a file" passes
client 8085 ab -q -n 200 -c 10 "$page" >ab.log 2>&1
same "ab: 200 requests, 10 at a time, none fails" "200 0" \
	"$(sed -nE 's/^(Complete|Failed) requests: *//p' ab.log | paste -sd ' ')"
restarted() {
	[ "$(grep -c 'resuming normal operations' error.log)" = 2 ]
}
kill -USR1 $apache
check "a graceful restart" wait_for restarted
check "... and the file again" passes
check "no TCP socket was made for port 8085" no_tcp 8085
stop $apache

export HOME="$PWD" GIT_CONFIG_NOSYSTEM=1
git config --global user.email nobody@example.com
git config --global user.name nobody
git init -q --bare served.git
git clone -q served.git work 2>/dev/null
cp www/file work/file
git -C work add file && git -C work commit -qm 'a file' &&
	git -C work push -q origin HEAD
start git 9418 git daemon --base-path="$PWD" --export-all --reuseaddr "$PWD"
git=$pid
up git 9418
check "git clone" client 9418 git clone -q git://$address/served.git cloned
check "... the same" cmp www/file cloned/file
check "no TCP socket was made for port 9418" no_tcp 9418
stop $git
finish
