#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# debian.sh SUITE COMMAND: runs a shell command in a clone of what is committed, in a
# Debian of that suite of its own, as root. It lies in the cache with whatever the
# command installs and builds in it; nothing of this system changes, and what is mounted
# is gone when the command ends. Wants root and mmdebstrap.
#
#	tests/debian.sh trixie 'make test-uintr'

set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
top=$(dirname "$here")
# shellcheck source=tests/vm/cache.sh
. "$here/vm/cache.sh"
suite=${1:?usage: debian.sh SUITE COMMAND}
command=${2:?usage: debian.sh SUITE COMMAND}
root=$cache/debian/$suite

[ "$(id -u)" = 0 ] || die "wants root, for a root directory and mounts of its own"
command -v mmdebstrap > /dev/null || die "wants mmdebstrap: apt-get install mmdebstrap"

lock_cache "debian-$suite"
if [ ! -d "$root" ]; then
	say "unpacking Debian $suite"
	rm -rf "$root.new"
	mkdir -p "${root%/*}"
	# A mirror may be a snapshot: what it has is signed, if not of today.
	sources=("deb $mirror/debian $suite main")
	# What is not released yet has no updates.
	[ "$suite" = sid ] || sources+=("deb $mirror/debian $suite-updates main"
		"deb $mirror/debian-security $suite-security main")
	printf '%s\n' "${sources[@]}" |
		mmdebstrap --quiet --aptopt='Acquire::Check-Valid-Until "false"' --variant=apt --include=make,git,ca-certificates \
			"$suite" "$root.new" - || die "cannot unpack Debian $suite"
	mv -T "$root.new" "$root"
fi

cp -L /etc/resolv.conf "$root/etc/resolv.conf"
rm -rf "$root/root/nimbos"
git clone -q "$top" "$root/root/nimbos"

exec "$here/chroot.sh" "$root" bash -c "cd ~/nimbos && $command"
