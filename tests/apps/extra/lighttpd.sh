#!/bin/sh
# SPDX-License-Identifier: MIT
# lighttpd: its own event loop, keep-alive, ranges, CGI, and what its access
# log says of the client.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs lighttpd lighttpd curl curl ss iproute2
in_rig 200

mkdir root
head -c 2000000 /dev/urandom >root/file
printf '#!/bin/sh\necho\necho "from $REMOTE_ADDR to $SERVER_PORT"\n' \
	>root/address.cgi
chmod +x root/address.cgi
cat >lighttpd.conf <<END
server.modules = ("mod_cgi", "mod_accesslog")
server.document-root = "$PWD/root"
server.port = 8090
server.upload-dirs = ("$PWD")
cgi.assign = (".cgi" => "")
accesslog.filename = "$PWD/access.log"
END
start lighttpd 8090 "$(command -v lighttpd)" -D -f "$PWD/lighttpd.conf"
up lighttpd 8090

get() {
	client 8090 curl -sS -m 60 "$@"
}

get -o back "http://$address:8090/file"
check '2 MB' cmp root/file back
get -r 1000000-1999999 -o part "http://$address:8090/file"
check 'a range' sh -c 'tail -c 1000000 root/file | cmp - part'
same '100 requests on one connection' 1 "$(get -o /dev/null -w '%{num_connects}\n' \
	"http://$address:8090/file?[1-100]" | awk '{ n += $1 } END { print n }')"
check '60 at once' get --no-progress-meter -Z --parallel-max 20 -f \
	-o /dev/null "http://$address:8090/file?[1-60]"
same 'a CGI program sees who asks' 'from 127.0.0.1 to 8090' \
	"$(get "http://$address:8090/address.cgi")"
check 'so does the log' sh -c 'wait=0
	until grep -q "^127.0.0.1 .*address.cgi" access.log; do
		[ $wait -lt 100 ] || exit 1
		wait=$((wait + 1)); sleep 0.1
	done'
check 'no TCP socket was made for port 8090' no_tcp 8090
check "no TCP connection was tried" no_opens
finish
