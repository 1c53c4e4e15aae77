#!/bin/sh
# SPDX-License-Identifier: MIT
# Postfix: its master listens, and other programs accept. It lets its own
# machine relay mail, but not a peer from another virtual machine.
#
# Setting: import_environment = ... LD_PRELOAD TCP2VSOCK_MAP TCP2VSOCK_CONFIG
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs postfix postfix swaks swaks ss iproute2
in_rig 300

far=$builddir/tests/names/.libs/far.so
rules='listen *:2525 = vsock:any:2525
	peer vsock:3 = 10.0.0.3'
chmod 711 .
mkdir -p queue data conf
chown postfix data
cat >conf/main.cf <<END
compatibility_level = 3.6
queue_directory = $PWD/queue
data_directory = $PWD/data
maillog_file = $PWD/log
maillog_file_prefixes = $PWD
myhostname = mail.example
mydestination = mail.example
mynetworks = 127.0.0.0/8
inet_interfaces = all
alias_maps =
alias_database =
local_recipient_maps =
import_environment = MAIL_CONFIG TZ LANG=C FAR_CID LD_PRELOAD TCP2VSOCK_MAP
END
cat >conf/master.cf <<END
2525     inet n - n - - smtpd
postlog  unix-dgram n - n - 1 postlogd
pickup   unix n - n 60 1 pickup
cleanup  unix n - n - 0 cleanup
qmgr     unix n - n 300 1 qmgr
rewrite  unix - - n - - trivial-rewrite
bounce   unix - - n - 0 bounce
defer    unix - - n - 0 bounce
trace    unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error    unix - - n - - error
discard  unix - - n - - discard
anvil    unix - - n - 1 anvil
local    unix - n n - - local
END
echo 'default_transport = discard:' >>conf/main.cf
postfix -c "$PWD/conf" check || exit 99

# serve CID: the master, whose peers have that CID.
serve() {
	# shellcheck disable=SC2016 # that shell's
	launch postfix redirected "$rules" env MAIL_CONFIG="$PWD/conf" \
		FAR_CID="$1" sh -c 'LD_PRELOAD="$LD_PRELOAD $1" \
		exec /usr/lib/postfix/sbin/master -s' sh "$far"
	master=$pid
	up postfix 2525
}

# mail TO
mail() {
	client 2525 timeout 60 swaks --server "$address:2525" --ehlo me.example \
		--from a@mail.example --to "$1" >swaks.log 2>&1
}

delivered() {
	[ "$(grep -c delivered log)" = "$1" ]
}

serve 1
for i in 1 2 3; do
	check "mail $i is taken" mail root@mail.example
done
check "... and delivered" wait_for delivered 3
check "the client is 127.0.0.1" grep -q 'connect from.*\[127\.0\.0\.1\]' log
check "it may relay" mail someone@else.example
stop "$master"
# Its children had the listener, too.
check "all of it ends" wait_for is_free 2525

serve 3
check "CID 3 sends mail" mail root@mail.example
check "... as 10.0.0.3" grep -q 'connect from.*\[10\.0\.0\.3\]' log
mail someone@else.example
check "... and may not relay" grep -q 'Relay access denied' swaks.log
check "no TCP socket was made for port 2525" no_tcp 2525
check "no TCP connection was tried" no_opens
finish
