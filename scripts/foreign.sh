# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# Debian packages of other machines; sourced. They are only unpacked: nothing is
# installed, and this machine's apt never hears of them.

# foreign_apt HOME ARCHITECTURE...: an apt with a state of its own in HOME.
foreign_apt()
{
	foreign_home=$1
	shift
	mkdir -p "$foreign_home/lists/partial" \
		"$foreign_home/cache/archives/partial" \
		"$foreign_home/packages" && : >"$foreign_home/status"
	cat >"$foreign_home/apt.conf" <<-END
	APT::Architecture "$1";
	APT::Architectures { $(printf '"%s"; ' "$@")};
	APT::Sandbox::User "root";
	Dir::State "$foreign_home";
	Dir::State::Lists "$foreign_home/lists";
	Dir::State::status "$foreign_home/status";
	Dir::Cache "$foreign_home/cache";
	END
	foreign apt-get update -q || : # what is missing then can't be had below
}

# foreign COMMAND...: with that apt.
foreign()
{
	APT_CONFIG=$foreign_home/apt.conf "$@"
}

# foreign_unpack ROOT PACKAGE...
foreign_unpack()
{
	foreign_root=$1
	shift
	(cd "$foreign_home/packages" && foreign apt-get download -q "$@") ||
		return
	for package in "$foreign_home"/packages/*.deb; do
		dpkg -x "$package" "$foreign_root" || return
	done
}
