#!/bin/sh
# SPDX-License-Identifier: MIT
# Samba and its client: files there and back.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs smbd samba smbclient smbclient ss iproute2
in_rig 300

mkdir share state ncalrpc
chmod 711 .
chmod 777 share
cat >smb.conf <<END
[global]
smb ports = 4450
pid directory = $PWD/state
lock directory = $PWD/state
state directory = $PWD/state
cache directory = $PWD/state
private dir = $PWD/state
ncalrpc dir = $PWD/ncalrpc
log file = $PWD/state/log
map to guest = Bad User
disable netbios = yes
server role = standalone
load printers = no
printing = bsd
[files]
path = $PWD/share
guest ok = yes
read only = no
END
head -c 3000000 /dev/urandom >share/there
head -c 3000000 /dev/urandom >mine
# It ends its process group, when it ends.
start smbd 4450 setsid smbd -F --no-process-group --debug-stdout -s "$PWD/smb.conf"
up smbd 4450
files() {
	client 4450 timeout 60 smbclient -N -p 4450 -s "$PWD/smb.conf" \
		"//$address/files" -c "$1"
}
check "a list" files ls
check "files there and back" files 'get there back; put mine mine'
check "... back" cmp share/there back
check "... there" cmp mine share/mine
check "no TCP socket was made for port 4450" no_tcp 4450
check "no TCP connection was tried" no_opens
finish
