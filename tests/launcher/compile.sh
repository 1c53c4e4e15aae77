#!/bin/sh
# SPDX-License-Identifier: MIT
# --compile: what it writes is the same table, or none at all.
. "${srcdir:=.}/tests/launcher/lib.sh"

rule='connect 10.0.0.5:5432 = vsock:2:5432'
cat >"$tmp/rules" <<'END'
connect db.internal:5432 = vsock:2:5432 timeout=5s
connect *.wild.test:80-89 = vsock:3:8000-8009 buffer=4M
listen [fd00::]/8:* = vsock:any:*
connect localhost:80 = hvsock:/run/v.sock:80
connect 10.0.0.0/8:443 = vsock:4:443 # a comment
connect *:* = refuse
peer vsock:4 = 10.0.0.4
END
table=$tmp/table

run_it tcp2vsock -f "$tmp/rules" --print
normal=$(cat "$tmp/out")
run_it tcp2vsock -f "$tmp/rules" --compile="$table"
want_status 0
want_quiet
want_exactly ''
run_it tcp2vsock -f "$table" --print
want_status 0
want_quiet
want_exactly "$normal"
run_it tcp2vsock -f "$table" --explain db.internal:5432
want_out "^connect db.internal port 5432: vsock:2:5432 \\($tmp/rules:1\\)\$"
run_it tcp2vsock -f "$table" --explain 10.1.2.3:443
want_out "^connect 10.1.2.3 port 443: vsock:4:443 \\($tmp/rules:5\\)\$"
run_it tcp2vsock -f "$table" getent ahostsv4 a.wild.test
want_out '^198\.18\.0\.2 '

# -m and -f together, into one file; the same one twice.
run_it tcp2vsock -m "$rule" -f "$tmp/rules" --compile="$tmp/both"
want_status 0
run_it tcp2vsock -f "$tmp/both" --print
want_exactly "$rule
$normal"
run_it tcp2vsock -f "$tmp/both" --compile="$tmp/again"
want_status 0
run_it cmp "$tmp/both" "$tmp/again"
want_status 0

# The file: readable for others, if they may; a link stays one.
mode_of() {
	run_it stat -c %a "$1"
	want_exactly "$2"
}
mode_of "$table" 644
(umask 077 && tcp2vsock -f "$tmp/rules" --compile="$tmp/mine")
mode_of "$tmp/mine" 600
(umask 0 && tcp2vsock -f "$tmp/rules" --compile="$tmp/open")
mode_of "$tmp/open" 644
ln -s both "$tmp/link"
run_it tcp2vsock -f "$tmp/rules" --compile="$tmp/link"
want_status 0
run_it readlink "$tmp/link"
want_exactly both
run_it cmp "$table" "$tmp/both"
want_status 0

# What it can't write is as it was, and nothing is left beside it.
mkdir "$tmp/folder"
refused 'Is a directory' tcp2vsock -f "$tmp/rules" --compile="$tmp/folder"
refused 'No such file' tcp2vsock -f "$tmp/rules" --compile="$tmp/none/x"
refused "can't write" tcp2vsock -f "$tmp/rules" --compile=/dev/null
refused 'needs the name' tcp2vsock -f "$tmp/rules" --compile=
echo 'connect x' >"$tmp/wrong"
refused 'no "="' tcp2vsock -f "$tmp/wrong" --compile="$table"
cp "$table" "$tmp/kept"
run_it sh -c "ulimit -f 1; trap '' XFSZ
	tcp2vsock -f '$tmp/rules' --compile='$table'"
want_status 125
want_err 'File too large'
run_it cmp "$table" "$tmp/kept"
want_status 0
run_it sh -c "ls '$tmp' | grep '^table\.'"
want_status 1

# by_hand TABLE: the library alone, which ends the process before main().
by_hand() {
	run_it env LD_PRELOAD="$TCP2VSOCK_LIBRARY" TCP2VSOCK_CONFIG="$1" \
		touch "$tmp/ran"
}

# not_loaded PATTERN FILE: by nobody, and the program does not run.
not_loaded() {
	refused "$1" tcp2vsock -f "$2" touch "$tmp/ran"
	by_hand "$2"
	want_status 125
	want_err "$1"
	checks=$((checks + 1))
	[ ! -e "$tmp/ran" ] || fail "the program ran"
}

size=$(stat -c %s "$table")
# Every 64 bytes there is one that is another.
at=80
while [ $at -lt "$size" ]; do
	cp "$table" "$tmp/bad"
	byte=$(od -An -tu1 -j $at -N 1 "$table")
	# shellcheck disable=SC2059
	printf "\\$(printf %o $((byte ^ 4)))" |
		dd of="$tmp/bad" bs=1 seek=$at conv=notrunc 2>/dev/null
	run_it tcp2vsock -f "$tmp/bad" --check
	want_status 125
	want_err 'damaged'
	at=$((at + 64))
done
not_loaded 'damaged' "$tmp/bad"
head -c $((size - 64)) "$table" >"$tmp/bad"
not_loaded 'damaged' "$tmp/bad"
head -c 100 "$table" >"$tmp/bad"
not_loaded 'damaged' "$tmp/bad"
head -c 20 "$table" >"$tmp/bad"
not_loaded 'another version' "$tmp/bad"
(cat "$table" && echo more) >"$tmp/bad"
not_loaded 'damaged' "$tmp/bad"
sed '1s/t2v-map.[0-9.]*/t2v-mapx/' "$table" >"$tmp/bad"
not_loaded 'another version|no "="' "$tmp/bad"
printf 9 | dd of="$tmp/kept" bs=1 seek=8 conv=notrunc 2>/dev/null
not_loaded 'another version.*' "$tmp/kept"
cp "$table" "$tmp/bad"
chmod g+w "$tmp/bad"
not_loaded 'may write' "$tmp/bad"
chmod 644 "$tmp/bad"

# Rules that have changed since, and a file that is gone.
touch -d '1 minute ago' "$tmp/rules"
run_it tcp2vsock -f "$tmp/rules" --compile="$tmp/stale"
run_it tcp2vsock -f "$tmp/stale" --check
want_quiet
touch -d '1 minute' "$tmp/rules"
run_it tcp2vsock -f "$tmp/stale" touch "$tmp/ran"
want_status 0
want_err "warning: $tmp/rules has changed since $tmp/stale was compiled"
rm "$tmp/rules"
run_it tcp2vsock -f "$tmp/stale" touch "$tmp/ran"
want_status 0
want_quiet
rm "$tmp/ran"

# It stands alone.
refused 'stands alone' tcp2vsock -m "$rule" -f "$table" touch "$tmp/ran"
TCP2VSOCK_MAP=$rule by_hand "$table"
want_status 125
want_err 'stands alone'
finish
