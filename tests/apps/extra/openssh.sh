#!/bin/sh
# SPDX-License-Identifier: MIT
# OpenSSH: sshd with its sandbox, commands, files, forwarding both ways.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs sshd openssh-server ssh openssh-client sftp openssh-client \
	socat socat ss iproute2
in_rig 400

make_sshd
cat >ssh_config <<END2
Host *
	Port 2222
	User root
	IdentityFile $PWD/key
	IdentitiesOnly yes
	StrictHostKeyChecking no
	UserKnownHostsFile $PWD/known
	LogLevel ERROR
	BatchMode yes
END2

start sshd 2222 $sshd
server=$pid
up sshd 2222

to() {
	client 2222 "$@"
}

same "a command" "hello" "$(to ssh -F ssh_config $address echo hello)"
to ssh -F ssh_config $address 'exit 7'
same "its exit status" 7 $?
same "SSH_CONNECTION shows an IP address and the port" 2222 \
	"$(to ssh -F ssh_config $address 'echo $SSH_CONNECTION' |
		grep -E '^[0-9.]+ [0-9]+ [0-9.]+ [0-9]+$' | cut -d ' ' -f 4)"
head -c 2000000 /dev/urandom >file
check "2 MB through a pipe both ways" sh -c "
	'$builddir/run' tcp2vsock -m '$address:2222 = vsock:local:2222' -- \
		ssh -F ssh_config $address cat <file >piped && cmp file piped"
check "scp to" to scp -F ssh_config file "$address:$PWD/there"
check "scp from" to scp -F ssh_config "$address:$PWD/there" back
check "... and nothing differs" cmp file back
echo "ls $PWD/there" >batch
check "sftp" to sftp -F ssh_config -b batch $address

# What is forwarded is not redirected: real TCP at the far ends.
socat -t 60 TCP-LISTEN:7001,reuseaddr,fork EXEC:'tr a-z A-Z' &
servers="$servers $!"
check "the service behind is there" wait_for ss -Hltn 'sport = :7001'
launch forward redirected "connect $address:2222 = vsock:local:2222" \
	ssh -F ssh_config -N -o ExitOnForwardFailure=yes \
	-L 7002:127.0.0.1:7001 -R 7003:127.0.0.1:7001 $address
forward=$pid

listens_on_tcp() {
	ss -Hltn "sport = :$1" | grep -q .
}

check "-L listens" wait_for listens_on_tcp 7002
check "-R listens" wait_for listens_on_tcp 7003
same "-L goes to sshd's side" HELLO \
	"$(echo hello | socat -t 30 - TCP:127.0.0.1:7002)"
same "-R comes back to ssh's side" AGAIN \
	"$(echo again | socat -t 30 - TCP:127.0.0.1:7003)"
stop $forward
check "no TCP socket was made for any of it" no_tcp 2222
stop $server
finish
