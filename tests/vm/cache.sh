#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# To be sourced: the cache directory, and Debian packages of any suite fetched
# into it without touching the system's own list of sources.

PATH=$PATH:/usr/sbin:/sbin
cache=${NIMBOS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/nimbos}
mkdir -p "$cache"

say()
{
	echo "${0##*/}: $*" >&2
}

die()
{
	say "$@"
	exit 1
}

# Where the system has its own packages from, without the /debian at the end.
# shellcheck disable=SC2016 # apt-get's variable
mirror=${NIMBOS_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 2> /dev/null |
	sed -n 's,/debian/*$,,p' | sort -u | sed 1q)}
[ -n "$mirror" ] || die "apt-get knows no mirror of Debian; name one by NIMBOS_MIRROR=http://HOST"

# lock_cache NAME: one builder at a time of what NAME stands for; held until
# this process and those that it started have gone.
lock_cache()
{
	exec 9> "$cache/$1.lock"
	flock -n 9 || { say "waiting for another process that makes $1"; flock 9; }
}

# younger FILE MINUTES
younger()
{
	[ -n "$(find "$1" -maxdepth 0 -mmin "-$2" 2> /dev/null)" ]
}

# apt_suite SUITE: makes a private apt root for SUITE with lists of today;
# apt_conf is then the configuration for APT_CONFIG, in the directory apt_root.
# shellcheck disable=SC2034 # used by who sources this
apt_suite()
{
	local suite=$1 root=$cache/apt/$1 sign=/usr/share/keyrings/debian-archive-keyring.gpg
	local source="deb [signed-by=$sign]" release=${1%-backports}

	apt_root=$root
	apt_conf=$root/apt.conf
	younger "$root/updated" 1440 && return 0
	mkdir -p "$root"/{lists/partial,archives/partial,parts}
	: > "$root/status"
	{
		echo "$source $mirror/debian $suite main"
		if [ "$suite" = "$release" ]; then
			echo "$source $mirror/debian $suite-updates main"
			echo "$source $mirror/debian-security $suite-security main"
		fi
	} > "$root/sources.list"
	cat > "$apt_conf" <<-END
		Dir::State "$root";
		Dir::State::status "$root/status";
		Dir::State::lists "$root/lists";
		Dir::Cache "$root";
		Dir::Cache::archives "$root/archives";
		Dir::Etc::sourcelist "$root/sources.list";
		Dir::Etc::sourceparts "$root/parts";
		Dir::Etc::preferences "$root/preferences";
		Dir::Etc::preferencesparts "$root/parts";
		APT::Sandbox::User "root";
		APT::Architecture "amd64";
		APT::Architectures "amd64";
		Acquire::Languages "none";
		Acquire::Retries "3";
	END
	say "reading the package lists of $suite from $mirror"
	if APT_CONFIG=$apt_conf apt-get -qq update >&2; then
		touch "$root/updated"
	elif [ -e "$root/updated" ]; then
		say "cannot update the lists of $suite; those of $(date -r "$root/updated" +%F) are used"
	else
		die "cannot read the lists of $suite from $mirror (NIMBOS_MIRROR chooses another)"
	fi
}

# deb_field PACKAGE FIELD: of the newest version in the suite of apt_conf.
deb_field()
{
	APT_CONFIG=$apt_conf apt-cache show --no-all-versions "$1" | sed -n "s/^$2: //p" | head -n 1
}

# deb_unpack DIR PACKAGE[=VERSION]...: fetch and unpack, nothing is installed.
deb_unpack()
{
	local dir=$1 debs
	shift
	mkdir -p "$dir"
	debs=$(mktemp -d "$cache/debs.XXXXXX")
	say "fetching $*"
	(cd "$debs" && APT_CONFIG=$apt_conf apt-get -qq download "$@" >&2) ||
		{ rm -rf "$debs"; die "cannot fetch $*"; }
	for deb in "$debs"/*.deb; do
		dpkg -x "$deb" "$dir" || { rm -rf "$debs"; die "cannot unpack ${deb##*/}"; }
	done
	rm -rf "$debs"
}

# show_kernel FIELD RELEASE VERSION VMLINUZ KDIR MODULES: what kernel.sh prints.
show_kernel()
{
	local field=$1 name

	shift
	for name in release version vmlinuz kdir modules; do
		case "$field" in
		'') printf '%s=%q\n' "$name" "$1" ;;
		"$name")
			echo "$1"
			return
			;;
		esac
		shift
	done
	[ -z "$field" ] ||
		die "no field '$field'; there are release, version, vmlinuz, kdir, modules"
}
