#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What the README and the guides show can be typed: their tables, the options
# of their commands, the edit of the seccomp profile, units and YAML.
. "${srcdir:=.}/tests/launcher/lib.sh"

umask 022
pages="$srcdir/README.md $(echo "$srcdir"/doc/*.md)"

# blocks KIND PAGE: writes each ```KIND block to $tmp/block-N, and says which.
blocks() {
	rm -f "$tmp"/block-*
	awk -v kind="$1" -v out="$tmp/block-" '
		$0 == "```" kind { inside = 1; n++; next }
		/^```/ { inside = 0 }
		inside { print >(out n) }' "$2"
	for block in "$tmp"/block-*; do
		[ ! -e "$block" ] || echo "$block"
	done
}

# Every table.
tables=0
for page in $pages; do
	for block in $(blocks rules "$page"); do
		tables=$((tables + 1))
		run_it tcp2vsock --check -f "$block"
		last="$page: $(head -n 1 "$block")"
		want_status 0
		want_quiet
	done
done
last='tables in the guides'
checks=$((checks + 1))
[ $tables -ge 5 ] || fail "only $tables were found"

# Every command: one that is continued with a backslash counts as one line. The
# program that it runs need not be here.
commands=0
for page in $pages; do
	sed -e ':more' -e '/\\$/{N;s/ *\\\n */ /;b more' -e '}' "$page" |
		sed -n "s/^    [a-z]*[\$#] tcp2vsock \(.*-m '.*\)/\1/p" |
		sed 's/ &$//' >"$tmp/commands"
	while IFS= read -r words; do
		commands=$((commands + 1))
		options=$(echo "$words" | grep -o -- "-m '[^']*'" | tr '\n' ' ')
		eval "run_it tcp2vsock --check $options"
		last="$page: $words"
		# Some are there to show what an error looks like.
		case $words in
		*vsok*) want_status 125 ;;
		*) want_status 0 ;;
		esac
	done <"$tmp/commands"
done
last='commands in the guides'
checks=$((checks + 1))
[ $commands -ge 12 ] || fail "only $commands were found"

# The edit of the profile lets one more family in, and leaves the rest.
for form in old new; do
	profile=$srcdir/tests/doc/seccomp-$form.json
	command -v jq >/dev/null || {
		cannot 'the seccomp profile: no jq'
		break
	}
	edit=$(sed -n "s/^    \\\$ jq '\(.*\)' default.json >.*/\1/p" \
		"$srcdir/doc/containers.md")
	run_it jq "$edit" "$profile"
	want_status 0
	cp "$tmp/out" "$tmp/profile"
	run_it jq -c '.syscalls[-1]' "$tmp/profile"
	want_exactly '{"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":40,"op":"SCMP_CMP_EQ"}]}'
	jq 'del(.syscalls[-1])' "$tmp/profile" >"$tmp/rest"
	jq . "$profile" >"$tmp/before"
	run_it diff "$tmp/before" "$tmp/rest"
	want_status 0
done

# The drop-in, for a unit as a distribution has it.
if command -v systemd-analyze >/dev/null; then
	mkdir -p "$tmp/units/redis.service.d"
	printf '[Service]\nExecStart=/bin/true\n' >"$tmp/units/redis.service"
	for block in $(blocks systemd "$srcdir/doc/services.md"); do
		# What the line names is here under other names.
		sed 's,^ExecStart=[^ ].*,ExecStart=/bin/true --supervised,' \
			"$block" >"$tmp/units/redis.service.d/vsock.conf"
		run_it env SYSTEMD_UNIT_PATH="$tmp/units:" \
			systemd-analyze verify --man=no "$tmp/units/redis.service"
		last='systemd-analyze verify'
		want_status 0
		checks=$((checks + 1))
		grep -q vsock.conf "$tmp/err" && fail 'it is complained of'
	done
else
	echo 'not checked here: the unit: no systemd-analyze'
fi

# Its YAML is YAML, and the table in it a table.
if python3 -c 'import yaml' 2>/dev/null; then
	for block in $(blocks yaml "$srcdir/doc/containers.md"); do
		run_it python3 -c '
import sys, yaml
pod = yaml.safe_load(open(sys.argv[1]))
env = pod["spec"]["containers"][0]["env"]
print([e["value"] for e in env if e["name"] == "TCP2VSOCK_MAP"][0])
' "$block"
		want_status 0
		cp "$tmp/out" "$tmp/map"
		run_it tcp2vsock --check -f "$tmp/map"
		want_status 0
	done
else
	echo 'not checked here: the YAML: no python3-yaml'
fi

# What ld.so makes of a library that it can't load: containers.md.
echo 'int newer(void) { return 0; }' >"$tmp/newer.c"
echo 'GLIBC_9.9 { global: newer; };' >"$tmp/newer.map"
echo 'int newer(void); int uses(void) { return newer(); }' >"$tmp/uses.c"
libc=$(ldd "$TCP2VSOCK_LIBRARY" | awk '$1 ~ /^libc\.so/ { print $1 }')
if $cc -shared -fPIC -Wl,--version-script="$tmp/newer.map" \
	-Wl,-soname,"$libc" -o "$tmp/newer.so" "$tmp/newer.c" &&
	$cc -shared -fPIC -o "$tmp/uses.so" "$tmp/uses.c" "$tmp/newer.so"; then
	run_it env LD_PRELOAD="$tmp/uses.so" echo hello
	want_status 1
	want_err 'version .GLIBC_9.9. not found'
	run_it env LD_PRELOAD="$tmp/nowhere.so" echo hello
	want_status 0
	want_err 'cannot be preloaded'
else
	cannot "what ld.so ends: no library can be linked so"
fi

# A page that is named is there.
for page in $pages; do
	grep -o '](\([a-zA-Z./-]*\.md\))' "$page" | tr -d '()]' |
		while IFS= read -r link; do
			[ -e "$(dirname "$page")/$link" ] || echo "$page: $link"
		done
done >"$tmp/broken"
run_it cat "$tmp/broken"
want_exactly ''

finish
