#!/bin/sh
# SPDX-License-Identifier: MIT
# BIND: questions over TCP, many at once, and the transfer of a zone.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs named bind9 dig bind9-dnsutils ss iproute2
in_rig 300

cat >named.conf <<END
options {
	directory "$PWD";
	listen-on port 5353 { any; };
	listen-on-v6 { none; };
	pid-file none;
	session-keyfile none;
	recursion no;
	dnssec-validation no;
	allow-transfer { 127.0.0.1; };
};
controls { };
zone "test.example" { type master; file "zone"; };
END
printf '%s\n' "\$TTL 60" '@ IN SOA a. b. 1 2 3 4 5' '@ IN NS a.' \
	'www IN A 192.0.2.4' >zone
start named 5353 named -f -g -c "$PWD/named.conf"
up named 5353
ask="dig -p 5353 @$address"
# shellcheck disable=SC2086 # words
{
	same 'a question' 192.0.2.4 \
		"$(client 5353 $ask +tcp +short www.test.example)"
	same '100 questions' 100 "$(seq 100 | sed 's/.*/www.test.example/' |
		client 5353 $ask +tcp +short -f - | grep -c 192.0.2.4)"
	same 'a zone' 4 "$(client 5353 $ask axfr test.example | grep -c 'IN')"
}
check "no TCP socket was made for port 5353" no_tcp 5353
check "no TCP connection was tried" no_opens
finish
