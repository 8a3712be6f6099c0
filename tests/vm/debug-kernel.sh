#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# debug-kernel.sh [FIELD]: builds a kernel that looks for mistakes (KASAN, lockdep,
# kmemleak, UBSAN, KUnit, fault injection) from Debian's source package and
# debug.config, once for each version of the two, and prints what kernel.sh
# prints. A stock kernel has none of that. It takes about 8 minutes on two cores.

set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/vm/cache.sh
. "$here/cache.sh"

field=${1:-}
source=$("$here/source.sh" full)
version=$(basename "$(dirname "$source")")
key=$(sha256sum < "$here/debug.config" | cut -c 1-12)
dir=$cache/kernel/debug-$version-$key
kdir=$dir/build

make_kernel()
{
	local missing
	local run=(nice -n 5 make -C "$source" O="$kdir" KCONFIG_ALLCONFIG="$here/debug.config"
		LOCALVERSION=-nimbos-debug KBUILD_BUILD_USER=nimbos KBUILD_BUILD_HOST=nimbos)

	rm -rf "$dir"
	mkdir -p "$kdir"
	"${run[@]}" allnoconfig > "$dir/log" 2>&1 || return
	# A symbol that Kconfig drops without a word is a check that is not made.
	missing=$(grep '^CONFIG_' "$here/debug.config" | grep -v '=n$' | grep -vxFf "$kdir/.config" || true)
	if [ -n "$missing" ]; then
		say "not possible as debug.config wants it:" "${missing//$'\n'/ }"
		return 1
	fi
	say "building a debug kernel, about 8 minutes on two cores; its log is $dir/log"
	"${run[@]}" -j"$(nproc)" bzImage modules >> "$dir/log" 2>&1 || return
	"${run[@]}" INSTALL_MOD_PATH="$dir" modules_install >> "$dir/log" 2>&1 || return
	find "$kdir" -name '*.o' -not -path '*/scripts/*' -not -path '*/tools/*' -delete
	touch "$dir/complete"
}

lock_cache debug-kernel
if [ ! -e "$dir/complete" ]; then
	if ! make_kernel; then
		tail -n 30 "$dir/log" >&2
		die "the debug kernel was not built"
	fi
fi
release=$(< "$kdir/include/config/kernel.release")
show_kernel "$field" "$release" "$version" "$kdir/arch/x86/boot/bzImage" "$kdir" \
	"$dir/lib/modules/$release"
