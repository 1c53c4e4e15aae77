#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Port 0, and dialling names.
#
#	ports-inside.sh HERE LIBRARY PROGRAMS
set -u
here=$1 library=$2 programs=$3
. "$here/lib.sh"
ulimit -n "$(ulimit -H -n)"

nobody()
{
	mapped "$here/as.sh" nobody "$@"
}

rules='127.0.0.1:* = vsock:local:*
[::1]:* = vsock:local:*'
gives '^1000 listeners' 'port 0: a thousand listeners at once' \
	mapped "$programs/ports" many 1000 127.0.0.1
gives '^50 listeners' 'port 0: over IPv6' \
	mapped "$programs/ports" many 50 ::1
gives '^1000 listeners' 'port 0: a thousand without privileges' \
	nobody "$programs/ports" many 1000 127.0.0.1
gives '^two times 1000' 'port 0: two processes at once, without privileges' \
	nobody "$programs/ports" race 1000 127.0.0.1

# All but a few ports are somebody else's.
rules="listen *:1-2999 = refuse
listen *:3005-65535 = refuse
$rules"
gives '^5 listeners, then Address already in use' \
	'port 0: no more ports' mapped "$programs/ports" last 5 127.0.0.1

# Only some ports have rules, and they are not "*": what is shown is dialled all
# the same, wherever it is.
rules='127.0.0.1:1-65535 = vsock:local:1-65535'
gives '^100 listeners' 'port 0: a range that is all ports' \
	mapped "$programs/ports" many 100 127.0.0.1
rules='127.0.0.1:32768-46000 = vsock:local:132768-146000
[::1]:40000-65535 = vsock:local:40000-65535'
gives '^100 listeners' 'port 0: half of the ephemeral ports are mapped' \
	mapped "$programs/ports" many 100 127.0.0.1
gives '^100 listeners' 'port 0: the other half, over IPv6' \
	mapped "$programs/ports" many 100 ::1
gives '^two times 100' 'port 0: the same, two processes at once' \
	mapped "$programs/ports" race 100 127.0.0.1

rules='connect localhost:80 = vsock:local:8000
connect db.internal:5432 = vsock:local:5433
connect *.wild.test:80 = vsock:local:8000
listen 127.0.0.1:8000 = vsock:local:8000'
gives '^same c61[23][0-9a-f]{4}$' 'threads and a child get the same address' \
	mapped "$programs/dial" threads db.internal
refuses 'connect: Connection refused' 'a port that nobody listens on' \
	mapped "$programs/dial" dial db.internal 5432
# There is no route to the address; the kernel would say so.
refuses 'connect: Connection refused' 'a port that no rule has' \
	mapped "$programs/dial" dial db.internal 5433
refuses 'connect: Connection refused' 'nor one of a pattern' \
	mapped "$programs/dial" dial a.wild.test 81
mapped python3 -m http.server --bind 127.0.0.1 8000 >"$work/http" 2>&1 &
until_ready mapped "$programs/dial" dial localhost 80
gives 'connect: Success' 'localhost in a rule' \
	mapped "$programs/dial" dial localhost 80
gives 'connect: Success' 'LOCALHOST. is the same' \
	mapped "$programs/dial" dial LOCALHOST. 80
# Its other ports are what they are without the rule.
python3 -m http.server --bind localhost 8010 >"$work/tcp" 2>&1 &
until_ready "$programs/dial" dial localhost 8010
gives 'connect: Success' 'a port of localhost that no rule has' \
	mapped "$programs/dial" dial localhost 8010
gives 'connect: Success' 'localhost in a rule, by its address' \
	mapped "$programs/dial" dial 127.0.0.1 80
gives 'connect: Success' '... and by the other one' \
	mapped "$programs/dial" dial ::1 80
gives 'connect: Success' 'a pattern' \
	mapped "$programs/dial" dial a.b.wild.test 80
rules='connect db.internal:* = direct
connect other.test:1 = vsock:local:1'
refuses 'Name or service not known|Temporary failure' \
	'a name whose rule says direct is the resolver'"'s" \
	mapped "$programs/dial" dial db.internal 5432
finish
