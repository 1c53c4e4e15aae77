#!/bin/sh
# SPDX-License-Identifier: MIT
#
# In an emulated machine that holds busybox and the bundle: its command, and a
# static program on either side.
tcp2vsock=/opt/tcp2vsock/bin/tcp2vsock
echo served >/tmp/file
$tcp2vsock -m 'listen *:80 = vsock:any:8080' busybox httpd -f -p 80 -h /tmp &
tries=0
until said=$($tcp2vsock -m 'connect 10.0.0.5:80 = vsock:local:8080' \
	busybox wget -qO- http://10.0.0.5/file 2>&1) || [ $tries = 60 ]; do
	tries=$((tries + 1))
	sleep 1
done
kill $!
echo "bundle: $said"
