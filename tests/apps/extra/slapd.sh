#!/bin/sh
# SPDX-License-Identifier: MIT
# OpenLDAP: an entry added and found, and 20 searches at once.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs slapd slapd ldapsearch ldap-utils ss iproute2
in_rig 300

mkdir db
cat >slapd.conf <<END
include /etc/ldap/schema/core.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile $PWD/pid
database mdb
maxsize 10000000
suffix "dc=example"
rootdn "cn=admin,dc=example"
rootpw secret
directory $PWD/db
END
cat >entry <<END
dn: dc=example
objectClass: dcObject
objectClass: organization
o: example
dc: example
END
start slapd 3890 slapd -d 0 -f "$PWD/slapd.conf" -h ldap://0.0.0.0:3890
up slapd 3890
check "an entry is added" client 3890 ldapadd -x -H "ldap://$address:3890" \
	-D cn=admin,dc=example -w secret -f entry
search() {
	client 3890 ldapsearch -x -LLL -H "ldap://$address:3890" -b dc=example o
}
same "... and found" 'o: example' "$(search | grep ^o:)"
searches=
for i in $(seq 20); do
	search >"found.$i" 2>&1 &
	searches="$searches $!"
done
# shellcheck disable=SC2086 # numbers
wait $searches
same "20 searches at once" 20 "$(cat found.* | grep -c '^o: example')"
check "no TCP socket was made for port 3890" no_tcp 3890
check "no TCP connection was tried" no_opens
finish
