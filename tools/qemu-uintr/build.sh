#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# build.sh [stock|asan]: makes QEMU for x86-64 with user interrupts out of Debian's
# source and patches/, or without the patches, or with sanitizers, and prints the
# path of the binary. All are kept in the cache, by version and patches; a second
# call takes no time. Nothing of the system changes: the source comes by a private
# configuration of apt.

set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/vm/cache.sh
. "$here/../../tests/vm/cache.sh"
# shellcheck source=tools/qemu-uintr/lists.sh
. "$here/lists.sh"

# The release of Debian whose QEMU the patches are for.
suite=trixie
series=10.0
options=(--target-list=x86_64-softmmu --prefix=/usr --without-default-features --enable-tcg
	--enable-kvm --enable-plugins --disable-docs --disable-install-blobs --disable-download)

patches=("$here"/patches/*.patch)

flavour=${1:-uintr}
case "$flavour" in
uintr) ;;
stock) patches=() ;;
asan) options+=(--enable-asan --enable-ubsan --enable-debug-tcg) ;;
*) die "usage: build.sh [stock|asan]" ;;
esac

# The newest version whose source the mirror has, or had when it last answered.
newest_version()
{
	local newest=$lists/version

	if [ ! "$newest" -nt "$lists/updated" ]; then
		apt_run apt-cache showsrc --only-source qemu | sed -n 's/^Version: //p' |
			grep -F ":$series." | sort -V | tail -n 1 > "$newest.new"
		[ -s "$newest.new" ] || die "no source of QEMU $series in $suite"
		mv "$newest.new" "$newest"
	fi
	version=$(< "$newest")
}

build()
{
	local work=$1 file

	say "fetching the source of QEMU $version"
	(cd "$work" && apt_run apt-get -qq source --only-source --download-only \
		"qemu=$version" >&2) ||
		die "cannot fetch the source of QEMU $version"
	dpkg-source --no-check -x "$work"/qemu_*.dsc "$work/source" > "$work/log" 2>&1 ||
		{ tail -n 20 "$work/log" >&2; die "cannot unpack the source of QEMU $version"; }
	for file in "${patches[@]}"; do
		patch -d "$work/source" -p1 --no-backup-if-mismatch < "$file" > "$work/log" 2>&1 ||
			{ cat "$work/log" >&2; die "${file##*/} does not apply to QEMU $version"; }
	done

	# Debian 12's meson is too old; meson is Python, and runs from where it lies.
	deb_unpack "$work/aside" meson seabios qemu-system-data ipxe-qemu
	export PYTHONPATH=$work/aside/usr/lib/python3/dist-packages
	say "building QEMU $version ($flavour), 3 to 6 minutes on two cores; its log is $work/log"
	mkdir "$work/build"
	(cd "$work/build" && ../source/configure "${options[@]}" &&
		nice -n 5 ninja -j "$(nproc)" qemu-system-x86_64) > "$work/log" 2>&1 ||
		{ tail -n 30 "$work/log" >&2; die "cannot build QEMU $version; all of it: $work/log"; }

	# QEMU finds its firmware in ../share/qemu; plugins are built against ../include.
	mkdir -p "$work/result/bin" "$work/result/share/qemu" "$work/result/include"
	cp "$work/source/include/qemu/qemu-plugin.h" "$work/result/include"
	strip --strip-debug -o "$work/result/bin/qemu-system-x86_64" "$work/build/qemu-system-x86_64"
	cp -rL "$work"/aside/usr/share/seabios/*.bin \
		"$work"/aside/usr/share/qemu/{kvmvapic,linuxboot*,multiboot*,pvh}.bin \
		"$work"/aside/usr/share/qemu/{*.rom,keymaps} "$work/result/share/qemu"
}

lock_cache "qemu-$flavour"
apt_lists "$suite-sources" "deb-src $suite main" "deb-src $suite-security main"
newest_version
key=$(cat "$here/build.sh" "${patches[@]}" /dev/null | sha256sum | cut -c 1-16)
result=$cache/qemu-$flavour/${version//[^A-Za-z0-9.+~-]/_}-$key
if [ ! -x "$result/bin/qemu-system-x86_64" ]; then
	"$here/../../tests/setup.sh" qemu >&2
	rm -rf "$result".work
	mkdir -p "$result.work"
	build "$result.work"
	mv -T "$result.work/result" "$result"
	rm -rf "$result.work"
fi
echo "$result/bin/qemu-system-x86_64"
