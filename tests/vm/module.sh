#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# module.sh [SUITE]: builds nimbos.ko for a kernel of kernel.sh, and prints its path.

set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
top=$(dirname "$(dirname "$here")")
# shellcheck source=tests/vm/cache.sh
. "$here/cache.sh"

parts=$("$here/kernel.sh" "${1:-${NIMBOS_KERNEL:-bookworm}}")
eval "$parts"
: "${release:?}" "${kdir:?}"
lock_cache module
log=$top/build/modules/$release.log
mkdir -p "$top/build/modules"
if ! make -C "$top" modules KDIR="$kdir" > "$log" 2>&1; then
	tail -n 40 "$log" >&2
	die "nimbos.ko was not built for $release"
fi
echo "$top/build/modules/$release/nimbos.ko"
