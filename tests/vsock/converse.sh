#!/bin/sh
# SPDX-License-Identifier: MIT
#
# converse.sh C GO: runs where AF_VSOCK is. Both programs talk to each other
# and to themselves, and what they print must fit together.
set -u

c=$1 go=$2
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
mkfifo "$scratch/server" || exit 99
failed=0

fail()
{
	echo "FAIL $1"
	failed=1
}

# field NAME FILE: what NAME's line says
field()
{
	sed -n "s/^$1 //p" "$2"
}

port()
{
	echo "${1##*:}"
}

# converse NAME SERVER CLIENT
converse()
{
	"$2" listen >"$scratch/server" &
	server=$!
	exec 3<"$scratch/server"
	read -r word listening <&3
	"$3" dial 1 "$(port "$listening")" >"$scratch/client.out"
	dialled=$?
	cat <&3 >"$scratch/server.out"
	exec 3<&-
	wait $server && [ $dialled -eq 0 ] && [ "$word" = listening ] ||
		fail "$1: an end failed"
	fits "$1"
}

# fits NAME: each end knows the other by the address that it has itself
fits()
{
	local=$(field local "$scratch/client.out")
	remote=$(field remote "$scratch/client.out")
	peer=$(field peer "$scratch/server.out")
	[ -n "$listening" ] && [ "$remote" = "$listening" ] ||
		fail "$1: dialled $listening, remote is $remote"
	[ "$peer" = "local(1):$(port "$local")" ] ||
		fail "$1: dialled from $local, the server saw $peer"
	[ "$(field received "$scratch/server.out")" = all ] &&
		[ "$(field received "$scratch/client.out")" = all ] ||
		fail "$1: data"
	echo "done $1: $listening <- $peer (local name $local)"
}

# The port of the last conversation is nobody's by now. (Where no transport
# leads to a CID, Go's package 1.2.0 loses connect()'s errno and reports success.)
refusals_are_equal()
{
	ours=$("$c" refused 1 "$(port "$listening")")
	theirs=$("$go" refused 1 "$(port "$listening")")
	echo "done dial in vain: $ours"
	[ "$ours" != "errno 0" ] && [ "$ours" = "$theirs" ] ||
		fail "dial in vain: C $ours, Go $theirs"
}

converse "C serves Go" "$c" "$go"
converse "Go serves C" "$go" "$c"
converse "C serves C" "$c" "$c"
converse "Go serves Go" "$go" "$go"
refusals_are_equal
exit $failed
