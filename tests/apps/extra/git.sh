#!/bin/sh
# SPDX-License-Identifier: MIT
# git: its own daemon, cloned from and pushed to; lighttpd, which serves files
# and, by CGI, the same repository over HTTP.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs git git lighttpd lighttpd curl curl ab apache2-utils ss iproute2
in_rig 400
export HOME="$PWD" GIT_CONFIG_NOSYSTEM=1
git config --global user.name Nobody
git config --global user.email nobody@localhost
git config --global init.defaultBranch main
git config --global safe.directory '*'

mkdir srv
git init -q --bare srv/project.git
git -C srv/project.git config http.receivepack true
git init -q work
head -c 2000000 /dev/urandom >work/noise
seq 1000 >work/numbers
git -C work add . && git -C work commit -qm first

start daemon 9418 git daemon --base-path="$PWD/srv" --export-all \
	--enable=receive-pack --reuseaddr
daemon=$pid
up daemon 9418
url=git://$address/project.git
check "push" client 9418 git -C work push -q "$url" main
check "clone" client 9418 git clone -q "$url" cloned
check "... the same" diff -r --exclude=.git work cloned
seq 2000 >work/numbers
git -C work commit -qam second
check "push again" client 9418 git -C work push -q "$url" main
check "fetch what is new" client 9418 git -C cloned pull -q
check "... the same" diff -r --exclude=.git work cloned
same "no such repository" 128 \
	"$(client 9418 git ls-remote git://$address/none >/dev/null 2>&1; echo $?)"
check "no TCP socket was made for port 9418" no_tcp 9418
stop $daemon

cat >lighttpd.conf <<END2
server.document-root = "$PWD/srv"
server.port = 8080
server.modules = ( "mod_alias", "mod_cgi", "mod_setenv" )
server.errorlog = "/dev/stderr"
server.upload-dirs = ( "$PWD" )
server.stream-request-body = 1
\$HTTP["url"] =~ "^/git" {
	alias.url = ( "/git" => "/usr/lib/git-core/git-http-backend" )
	cgi.assign = ( "" => "" )
	setenv.set-environment = (
		"GIT_PROJECT_ROOT" => "$PWD/srv", "GIT_HTTP_EXPORT_ALL" => "",
		"REMOTE_USER" => "nobody", "HOME" => "$PWD" )
}
END2
cp work/noise srv/noise
start lighttpd 8080 lighttpd -D -f lighttpd.conf
lighttpd=$pid
up lighttpd 8080
client 8080 curl -sS -m 100 -o got http://$address:8080/noise
check "lighttpd sends a file" cmp work/noise got
client 8080 curl -sS -m 100 -r 1000-1999 -o got http://$address:8080/noise
dd if=work/noise of=part bs=1000 skip=1 count=1 2>/dev/null
check "... and a part of it" cmp part got
client 8080 ab -q -s 100 -k -n 500 -c 10 http://$address:8080/git-none \
	>ab.log 2>&1
same "500 requests on ten connections" "500 0" "$(sed -n \
	's/^\(Complete\|Failed\) requests: *//p' ab.log | paste -sd ' ')"
url=http://$address:8080/git/project.git
check "git clones by HTTP" client 8080 git clone -q "$url" cloned2
check "... the same" diff -r --exclude=.git work cloned2
seq 3000 >work/numbers
git -C work commit -qam third
check "git pushes by HTTP" client 8080 git -C work push -q "$url" main
same "... and it arrived" "$(git -C work rev-parse main)" \
	"$(git -C srv/project.git rev-parse main)"
check "no TCP socket was made for port 8080" no_tcp 8080
check "no TCP connection was tried" no_opens
stop $lighttpd
finish
