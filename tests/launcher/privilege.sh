#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs with raised privileges are refused, and no others: what the launcher
# says beforehand is held against what the kernel does (AT_SECURE).
. "${srcdir:=.}/tests/launcher/lib.sh"

# Its own copy: the other user has to reach all of it.
cp tests/launcher/at-secure "$tmp/plain" || exit 99
cp launcher/tcp2vsock "$tmp/tcp2vsock" || exit 99
cp "$TCP2VSOCK_LIBRARY" "$tmp/libtcp2vsock.so" || exit 99
TCP2VSOCK_LIBRARY=$tmp/libtcp2vsock.so
raised=0

# agree PROGRAM CALLER...: with and without the launcher, as CALLER runs it.
# env in between: setpriv itself holds capabilities that end with an exec.
agree() {
	program=$1
	shift
	run_it "$@" env "$program"
	wanted=$status
	run_it "$@" "$tmp/tcp2vsock" -m "$rule" "$program"
	if [ "$wanted" = 3 ]; then
		raised=$((raised + 1))
		want_status 125
		want_err 'raised privileges'
		run_it "$@" "$tmp/tcp2vsock" --force -m "$rule" "$program"
		want_status 3
		want_err 'warning: .*raised privileges'
	elif [ "$wanted" = 0 ]; then
		want_status 0
		want_quiet
	else
		checks=$((checks + 1))
		[ "$status" = 125 ] || [ "$status" = "$wanted" ] ||
			fail "wanted status 125 or $wanted"
	fi
}

# copy NAME MODE [CAPABILITIES]
copy() {
	cp "$tmp/plain" "$tmp/$1"
	chmod "$2" "$tmp/$1"
	[ $# = 2 ] || setcap "$3" "$tmp/$1" || exit 99
}

as_nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

copy own-suid 4755
copy own-sgid 2755
for program in plain own-suid own-sgid; do
	agree "$tmp/$program" env
done

if [ "$(id -u)" = 0 ] && as_nobody "$tmp/plain"; then
	programs='plain own-suid own-sgid both no-group-x'
	copy both 6755
	copy no-group-x 2745
	if command -v setcap >/dev/null; then
		copy cap-ep 755 cap_net_raw=ep
		copy cap-p 755 cap_net_raw=p
		copy cap-i 755 cap_net_raw=i
		copy cap-ei 755 cap_net_raw=ei
		copy cap-high 755 cap_syslog=p # of those above 31
		programs="$programs cap-ep cap-p cap-i cap-ei cap-high"
	else
		cannot "file capabilities: no setcap"
	fi
	for program in $programs; do
		program=$tmp/$program
		agree "$program" env
		agree "$program" as_nobody
		agree "$program" as_nobody --no-new-privs
		agree "$program" setpriv --reuid=65534 --regid=0 \
			--clear-groups
		agree "$program" as_nobody --inh-caps=+net_raw
		agree "$program" as_nobody --inh-caps=+net_raw \
			--ambient-caps=+net_raw
		agree "$program" as_nobody --inh-caps=-all \
			--bounding-set=-net_raw
	done
	checks=$((checks + 1))
	[ "$raised" -gt 5 ] || cannot "set-user-ID: the kernel raises nothing in $tmp"

	# A script has no privileges of its own; its interpreter has.
	printf '#!%s\n' "$tmp/own-suid" >"$tmp/script"
	chmod 755 "$tmp/script"
	agree "$tmp/script" as_nobody
	printf '#!/bin/sh\nexit 0\n' >"$tmp/suid-script"
	chmod 6755 "$tmp/suid-script"
	agree "$tmp/suid-script" as_nobody

	# A privileged program that has the library all the same, by its own
	# linking, ignores the variables: not even a wrong table stops it.
	$cc -o "$tmp/linked" "$srcdir/tests/launcher/at-secure.c" \
		-Wl,--no-as-needed "$tmp/libtcp2vsock.so" \
		-Wl,-rpath,"$tmp" || exit 99
	run_it env TCP2VSOCK_MAP=nonsense "$tmp/linked"
	want_status 125
	chmod 4755 "$tmp/linked"
	run_it as_nobody env TCP2VSOCK_MAP=nonsense TCP2VSOCK_CONFIG=/none \
		TCP2VSOCK_LOG="$tmp/log" "$tmp/linked"
	want_status 3
	want_quiet

	# What may be run but not read can't be judged: not for the library.
	copy unreadable 711
	run_it as_nobody "$tmp/tcp2vsock" --engine=preload -m "$rule" \
		"$tmp/unreadable"
	want_status 125
	want_err "can't be read"
else
	cannot "other users' programs: needs root"
fi
finish
