#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# source.sh [full]: prints the directory of Linux's source code, taken from
# Debian's linux-source package: the scripts and selftest headers that builds and
# checks use, or, with full, all of it. Nothing of it is copied into this project.

set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/vm/cache.sh
. "$here/cache.sh"

suite=bookworm
package=linux-source-6.1
part=${1:-part}

lock_cache source
apt_suite "$suite"
newest=$apt_root/newest-source
if [ ! "$newest" -nt "$apt_root/updated" ]; then
	version=$(deb_field "$package" Version)
	[ -n "$version" ] || die "no package $package in $suite"
	echo "$version" > "$newest"
fi
version=$(< "$newest")
dir=$cache/source/$version
archive=$dir/usr/src/$package.tar.xz
if [ ! -e "$archive" ]; then
	rm -rf "$dir" "$dir.new"
	deb_unpack "$dir.new" "$package=$version"
	mv -T "$dir.new" "$dir"
fi
if [ ! -d "$dir/$part" ]; then
	members=()
	case "$part" in
	full) ;;
	part) members=("$package/scripts" "$package/tools/testing/selftests/kselftest"{,_harness}.h) ;;
	*) die "usage: source.sh [full]" ;;
	esac
	say "unpacking $package $version ($part)"
	rm -rf "$dir/$part.new"
	mkdir "$dir/$part.new"
	tar -xJf "$archive" -C "$dir/$part.new" --strip-components=1 "${members[@]}"
	mv "$dir/$part.new" "$dir/$part"
fi
echo "$dir/$part"
