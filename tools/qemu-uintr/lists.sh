#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# To be sourced after tests/vm/cache.sh: package lists that apt_suite does not read.

# shellcheck disable=SC2154 # cache, mirror and apt_conf come from there

# apt_lists NAME 'TYPE SUITE COMPONENT'...: reads these lists, at most once a day;
# apt_run then runs apt with them, and lists is their directory.
apt_lists()
{
	local sign=/usr/share/keyrings/debian-archive-keyring.gpg type suite component name=$1

	shift
	apt_suite trixie
	lists=$cache/apt/$name
	younger "$lists/updated" 1440 && return 0
	mkdir -p "$lists/lists/partial"
	printf '%s\n' "$@" | while read -r type suite component; do
		case "$suite" in
		*-security) echo "$type [signed-by=$sign] $mirror/debian-security $suite $component" ;;
		*) echo "$type [signed-by=$sign] $mirror/debian $suite $component" ;;
		esac
	done > "$lists/sources.list"
	say "reading package lists: $*"
	if apt_run apt-get -qq update >&2; then
		touch "$lists/updated"
	elif [ ! -e "$lists/updated" ]; then
		die "cannot read package lists from $mirror (NIMBOS_MIRROR chooses another)"
	fi
}

# apt_run COMMAND [ARGUMENT]...
apt_run()
{
	APT_CONFIG=$apt_conf "$1" -o Dir::Etc::sourcelist="$lists/sources.list" \
		-o Dir::State::lists="$lists/lists" "${@:2}"
}
