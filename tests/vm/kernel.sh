#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# kernel.sh [SUITE [FIELD]]: makes a kernel available out of the cache, without
# installing it, and prints where its parts are, or one of them:
#
#   release   what uname -r prints in it
#   version   of the Debian package
#   vmlinuz   the image to boot
#   kdir      for KDIR=, to build modules with
#   modules   /lib/modules/RELEASE with the modules that belong to it
#
# SUITE is a Debian suite (bookworm, bookworm-backports, trixie, ...: the newest
# stock kernel in it), the same with -rt at its end (the one with PREEMPT_RT), or
# debug (debug-kernel.sh). The default is $NIMBOS_KERNEL, or bookworm.

set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/vm/cache.sh
. "$here/cache.sh"

suite=${1:-${NIMBOS_KERNEL:-bookworm}}
field=${2:-}
# What a name of a kernel has of it, and that of the headers that all kernels of a version share.
flavour=
case "$suite" in
*-rt) flavour=-rt ;;
debug) exec "$here/debug-kernel.sh" ${field:+"$field"} ;;
*[!a-z-]* | -*) die "'$suite' is not the name of a Debian suite" ;;
esac

unpack()
{
	local dir=$1 headers kbuild parts

	mkdir -p "$dir/new"
	# In newer suites the image is a package of packages.
	parts=$(deb_field "linux-image-$release" Depends | tr -s ', ' '\n' |
		grep -Fx -e "linux-base-$release" -e "linux-binary-$release" \
			-e "linux-modules-$release" | sed "s/$/=$version/" || true)
	headers=linux-headers-${release%"$flavour-amd64"}-common$flavour
	kbuild=$(deb_field "linux-headers-$release" Depends | grep -o 'linux-kbuild-[^ ,]*')
	# shellcheck disable=SC2086 # several words, or none
	deb_unpack "$dir/new" "linux-image-$release=$version" $parts \
		"linux-headers-$release=$version" "$headers=$version" "$kbuild=$version"

	# Packages since trixie have no /lib, which is a link to usr/lib where they are installed.
	[ -e "$dir/new/lib" ] || ln -s usr/lib "$dir/new/lib"

	# Links and makefiles that name where the packages would be installed.
	ln -sfn "$dir/root/usr/src/linux-headers-$release" "$dir/new/lib/modules/$release/build"
	ln -sfn "$dir/root/usr/src/$headers" "$dir/new/lib/modules/$release/source"
	grep -rIlZ --include=Makefile --include=.kernelvariables /usr/src/linux-headers \
		"$dir/new/usr/src" | xargs -0r sed -i "s,/usr/src/linux-headers,$dir/root&,g"

	# Busybox in the guest and tools here need not know how to decompress.
	find "$dir/new/lib/modules" -name '*.ko.xz' -print0 | xargs -0r -P2 -n50 unxz
	depmod -b "$dir/new" "$release"
	mv -T "$dir/new" "$dir/root"
}

lock_cache "kernel-$suite"
apt_suite "${suite%"$flavour"}"
image=linux-image$flavour-amd64
newest=$apt_root/newest-kernel$flavour
if [ "$newest" -nt "$apt_root/updated" ]; then
	read -r release version < "$newest"
else
	version=$(deb_field "$image" Version)
	release=$(deb_field "$image" Depends |
		sed -n 's/.*linux-image-\([^ ]*\) .*/\1/p')
	if [ -z "$version" ] || [ -z "$release" ]; then
		die "no package $image in $suite"
	fi
	echo "$release $version" > "$newest"
fi
dir=$cache/kernel/$release-${version//[^A-Za-z0-9.+~-]/_}
if [ ! -d "$dir/root" ]; then
	rm -rf "$dir"
	unpack "$dir"
fi

root=$dir/root
vmlinuz=$root/boot/vmlinuz-$release
[ -e "$vmlinuz" ] || vmlinuz=$root/lib/modules/$release/vmlinuz
show_kernel "$field" "$release" "$version" "$vmlinuz" \
	"$root/usr/src/linux-headers-$release" "$root/lib/modules/$release"
