#!/bin/sh
# SPDX-License-Identifier: MIT
# The completion offers what --help says, and files and commands elsewhere.
. "${srcdir:=.}/tests/launcher/lib.sh"

command -v bash >/dev/null || {
	cannot "the completion: no bash"
	[ "$failures" = 0 ] || exit 1
	exit 77
}

# complete_at WORD...: the last word is the one that is completed.
complete_at() {
	run_it bash -c '. "$1"; shift; COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1)); _tcp2vsock
		printf "%s\n" "${COMPREPLY[@]}"' bash \
		"$srcdir/completion/tcp2vsock" "$@"
	want_status 0
}

tcp2vsock --help | sed -n 's/^  .* --\([a-z0-9]*\).*/\1/p' >"$tmp/options"
checks=$((checks + 1))
[ "$(wc -l <"$tmp/options")" -ge 10 ] || fail "no options in --help"
complete_at tcp2vsock -
for name in $(cat "$tmp/options"); do
	want_out "^--$name=?$"
done
want_out '^-m$'
want_out '^--map=$'
want_out '^--trace$'
complete_at tcp2vsock --che
want_exactly --check
complete_at tcp2vsock --no-such
want_exactly ''
complete_at "$(command -v tcp2vsock)" -v --ver
want_out '^--version$'
complete_at no-such-tcp2vsock --che
want_exactly ''

# Files, where a file is wanted.
: >"$tmp/rules.conf"
complete_at tcp2vsock -f "$tmp/rul"
want_exactly "$tmp/rules.conf"
complete_at tcp2vsock --file "$tmp/rul"
want_exactly "$tmp/rules.conf"
for option in --file --trace; do
	complete_at tcp2vsock $option = "$tmp/rul"
	want_exactly "$tmp/rules.conf"
done
complete_at tcp2vsock --file =
want_out '^Makefile$'
complete_at tcp2vsock -m ''
want_exactly ''
complete_at tcp2vsock --engine = ''
want_exactly 'auto
preload
supervise'
complete_at tcp2vsock --engine su
want_exactly supervise
# --import takes files, or a command.
for words in "" "socat $tmp/x"; do
	# shellcheck disable=SC2086
	complete_at tcp2vsock --strict --import $words "$tmp/rul"
	want_exactly "$tmp/rules.conf"
done
complete_at tcp2vsock --import mktem
want_out '^mktemp$'
complete_at tcp2vsock --explain = ''
want_exactly ''

# Commands, and what follows them.
for words in "-m x" "--map x" "--map = x" --trace "--trace = x" -- "-v --" \
	"--explain x"; do
	# Unquoted: several words.
	complete_at tcp2vsock $words mktem
	want_out '^mktemp$'
done
complete_at tcp2vsock -- -
want_exactly ''
complete_at tcp2vsock -v cat "$tmp/rul"
want_exactly "$tmp/rules.conf"
complete_at tcp2vsock -v cat --che
want_exactly ''

# ---- zsh: a shell of its own, at whose prompt somebody types ---------------

command -v zsh >/dev/null || {
	echo "not checked here: zsh's completion: no zsh"
	finish
}
cat >"$tmp/type" <<'END'
# type WORDS PATTERN: types the words and a tab; true when the pattern is seen.
zmodload zsh/zpty
zpty shell "PS1= TERM=dumb zsh -f -i"
zpty -w shell "fpath=($FOLDER \$fpath); autoload -U compinit"
zpty -w shell "compinit -u -D; zstyle ':completion:*' list-colors ''"
zpty -w shell "setopt no_list_beep; LISTMAX=1000; stty cols 200; echo REA''DY"
zpty -r -m shell seen '*READY*' || exit 2
zpty -w -n shell "$1"$'\t'
zpty -r -m shell seen "*$2*"
ret=$?
print -r -- "$seen"
exit $ret
END
# zsh_types WORDS PATTERN
zsh_types() {
	FOLDER=$srcdir/completion run_it timeout 60 zsh -f "$tmp/type" "$1" "$2"
	want_status 0
}

srcdir=$(cd "$srcdir" && pwd)
zsh_types 'tcp2vsock --che' '--check'
zsh_types 'tcp2vsock --' '--version*print the version'
for name in $(cat "$tmp/options"); do
	want_out "(^|m)--$name "
done
want_out '^--doctor +-- run nothing: say what'
zsh_types "tcp2vsock -f $tmp/rul" "$tmp/rules.conf"
zsh_types "tcp2vsock --file=$tmp/rul" "$tmp/rules.conf"
zsh_types "tcp2vsock --trace=$tmp/rul" "$tmp/rules.conf"
zsh_types 'tcp2vsock --engine=su' '--engine=supervise'
zsh_types "tcp2vsock --import $tmp/rul" "$tmp/rules.conf"
zsh_types 'tcp2vsock --import mktem' 'mktemp'
zsh_types 'tcp2vsock -m x mktem' 'mktemp'
zsh_types 'tcp2vsock --trace mktem' 'mktemp'
zsh_types "tcp2vsock -v -- cat $tmp/rul" "$tmp/rules.conf"
finish
