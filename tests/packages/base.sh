#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# base.sh SUITE: prints the path of an archive of a fresh Debian of that suite that can boot, with
# systemd, the suite's kernel and its headers, and nothing of nimbos. It is made when the cache
# has none that is made of the same: packages, kernel and this script. Wants root.

set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/vm/cache.sh
. "$here/../vm/cache.sh"
suite=${1:?usage: base.sh SUITE}
packages=systemd-sysv,dbus,udev,kmod,sudo,adduser,linux-image-amd64,linux-headers-amd64,dkms,openssl,grub2-common,zstd

lock_cache "guest-$suite"
apt_suite "$suite"
kernel=$(deb_field linux-image-amd64 Version)
key=$(sha256sum "$0" | head -c 12)-$kernel
archive=$cache/debian/guest-$suite-$key.tar
if [ ! -e "$archive" ]; then
	command -v mmdebstrap > /dev/null || die "wants mmdebstrap: apt-get install mmdebstrap"
	say "making a Debian $suite that boots Linux $kernel"
	mkdir -p "${archive%/*}"
	rm -f "$cache/debian/guest-$suite-"*
	# A mirror may be a snapshot: what it has is signed, if not of today. The initramfs is for QEMU.
	# shellcheck disable=SC2016 # $1 is the hook's
	printf 'deb %s main\n' "$mirror/debian $suite" "$mirror/debian $suite-updates" \
		"$mirror/debian-security $suite-security" |
		mmdebstrap --quiet --aptopt='Acquire::Check-Valid-Until "false"' --variant=apt \
			--include="$packages" --skip=cleanup/apt/lists \
			--essential-hook='mkdir -p "$1/etc/initramfs-tools/conf.d"' \
			--essential-hook='echo MODULES=list > "$1/etc/initramfs-tools/conf.d/list"' \
			--essential-hook='printf "%s\n" virtio_pci virtio_blk ext4 > "$1/etc/initramfs-tools/modules"' \
			"$suite" "$archive.new.tar" - > "$cache/debian/guest-$suite.log" 2>&1 ||
		{ tail -n 20 "$cache/debian/guest-$suite.log" >&2; die "cannot make a Debian $suite"; }
	mv "$archive.new.tar" "$archive"
fi
echo "$archive"
