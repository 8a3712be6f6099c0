#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# bochs.sh: unpacks Bochs of Debian sid (3.0 in trixie has mistakes that were mended
# after it) with all libraries into the cache, and prints the directory. It is not
# installed, and the C library of this system need not be new enough; what makes an
# image to boot from is installed.

set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/vm/cache.sh
. "$here/../vm/cache.sh"
# shellcheck source=tools/qemu-uintr/lists.sh
. "$here/../../tools/qemu-uintr/lists.sh"

"$here/../setup.sh" bochs >&2
lock_cache bochs
apt_lists sid "deb sid main"
version=$(apt_run apt-cache show --no-all-versions bochs | sed -n 's/^Version: //p' | head -n 1)
[ -n "$version" ] || die "no package bochs in sid"
dir=$cache/bochs/$version
if [ ! -d "$dir" ]; then
	debs=$(mktemp -d "$cache/debs.XXXXXX")
	trap 'rm -rf "$debs"' EXIT
	mkdir "$debs/partial"
	say "fetching bochs $version and what it is linked with"
	apt_run apt-get -qq -y -o Dir::Cache::archives="$debs" --no-install-recommends \
		--download-only install bochs bochs-term bochsbios vgabios > "$debs/log" 2>&1 ||
		{ tail -n 5 "$debs/log" >&2; die "cannot fetch bochs $version"; }
	rm -rf "$dir.new"
	mkdir -p "$dir.new"
	for deb in "$debs"/*.deb; do
		dpkg -x "$deb" "$dir.new" || die "cannot unpack ${deb##*/}"
	done
	mv -T "$dir.new" "$dir"
fi
echo "$dir"
