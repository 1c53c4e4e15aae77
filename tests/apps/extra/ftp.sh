#!/bin/sh
# SPDX-License-Identifier: MIT
# vsftpd with its seccomp sandbox, and curl: listing, download, upload and
# resuming, each over a passive data connection to a port of a range; and an
# active one, which the server makes to a port that the client's kernel picked.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs vsftpd vsftpd curl curl ss iproute2
in_rig 200

mkdir -p root/incoming /run/vsftpd/empty
head -c 3000000 /dev/urandom >root/file
chown -R ftp root/incoming 2>/dev/null || chown -R nobody root/incoming
chmod 755 root
cat >vsftpd.conf <<END
listen=YES
background=NO
anonymous_enable=YES
no_anon_password=YES
anon_root=$PWD/root
anon_upload_enable=YES
anon_umask=022
write_enable=YES
ftp_username=$(getent passwd ftp >/dev/null && echo ftp || echo nobody)
secure_chroot_dir=/run/vsftpd/empty
pasv_min_port=40000
pasv_max_port=40019
pasv_address=$address
connect_from_port_20=NO
port_promiscuous=YES
END

launch vsftpd redirected "listen *:21 = vsock:any:2021
	listen *:40000-40019 = vsock:any:40000-40019
	connect 127.0.0.1:* = vsock:local:*" \
	"$(command -v vsftpd)" "$PWD/vsftpd.conf"
server=$pid
check "vsftpd listens" wait_for listens 2021

ftp() {
	(redirected "connect $address:21 = vsock:local:2021
		connect $address:40000-40019 = vsock:local:40000-40019
		listen 127.0.0.1:* = vsock:any:*" \
		curl -sS -m 60 "$@")
}

ftp "ftp://$address/" >list 2>curl.log
check "a list of the folder" grep -q ' file$' list || cat curl.log vsftpd.log
ftp -o back "ftp://$address/file"
check "3 MB down, by EPSV" cmp root/file back
ftp --disable-epsv -o back "ftp://$address/file"
check "3 MB down, by PASV" cmp root/file back
ftp -P - -o active "ftp://$address/file"
check "3 MB down, the server dials the client" cmp root/file active
head -c 1000000 root/file >part
ftp -C - -o part "ftp://$address/file"
check "a download is resumed" cmp root/file part
ftp -T root/file "ftp://$address/incoming/there"
check "3 MB up" cmp root/file root/incoming/there
mkdir many
for n in 1 2 3 4 5 6 7 8; do
	cp root/file root/file$n
done
ftp --no-progress-meter -Z -o 'many/#1' "ftp://$address/file[1-8]"
for n in 1 2 3 4 5 6 7 8; do
	check "download $n of eight at once" cmp root/file many/$n
done
for p in 21 40000 40001 40010; do
	check "no TCP socket was made for port $p" no_tcp $p
done
stop $server
check "no TCP connection was tried" no_opens
finish
