#!/bin/sh
# SPDX-License-Identifier: MIT
# Subversion over svn:// and Mercurial over HTTP: check-out, commit, clone, push.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs svnserve subversion hg mercurial ss iproute2
in_rig 300

svnadmin create svn || exit 99
printf '[general]\nanon-access = write\n' >svn/conf/svnserve.conf
start svnserve 3690 svnserve -d --foreground -r "$PWD"
up svnserve 3690
svn="svn --non-interactive --config-dir $PWD/config"
# shellcheck disable=SC2086 # words
{
	check "svn checkout" client 3690 $svn co "svn://$address/svn" work
	echo data >work/file
	$svn add -q work/file
	check "svn commit" client 3690 $svn ci -m message work
	same "svn cat" data "$(client 3690 $svn cat "svn://$address/svn/file")"
}

hg init hg && echo data >hg/file || exit 99
hg -R hg commit -q -u user -A -m message
start hg 8055 hg -R hg serve -p 8055 --config web.allow_push='*' \
	--config web.push_ssl=no
up hg 8055
check "hg clone" client 8055 hg clone -q "http://$address:8055/" clone
check "... the same" cmp hg/file clone/file
echo more >>clone/file
hg -R clone commit -q -u user -m more
check "hg push" client 8055 hg -R clone push "http://$address:8055/"
same "... it came" 2 "$(hg -R hg log -T 'x\n' | wc -l)"
for port in 3690 8055; do
	check "no TCP socket was made for port $port" no_tcp $port
done
check "no TCP connection was tried" no_opens
finish
