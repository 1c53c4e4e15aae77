#!/bin/sh
# SPDX-License-Identifier: MIT
# OpenSSH: a command over it, scp.
. "$(dirname "$0")/lib.sh"
needs sshd openssh-server ssh openssh-client scp openssh-client ss iproute2 \
	python3 python3
in_rig 240

make_sshd
options="-i $PWD/key -o UserKnownHostsFile=$PWD/known -o BatchMode=yes
-o StrictHostKeyChecking=accept-new -o ConnectTimeout=60 -F none"

start sshd 2222 $sshd
server=$pid
up sshd 2222
same "a command over ssh, with input and status" "HELLO 5" "$(echo hello |
	client 2222 ssh $options -p 2222 root@$address 'tr a-z A-Z; exit 5' |
	tr '\n' ' '; client 2222 ssh $options -p 2222 root@$address exit 5
	echo $?)"
head -c 3000000 /dev/urandom >file
check "scp" client 2222 scp -q $options -P 2222 file root@$address:"$PWD/copy"
check "... the same" cmp file copy
check "no TCP socket was made for port 2222" no_tcp 2222
stop $server
finish
