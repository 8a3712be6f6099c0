#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# fuzz.sh QEMU SECONDS [SEED]: fuzzes for so long, one guest after the other, each
# with a seed of its own, by turns with one CPU and with two. TAP; a seed is a result.
#
#   ROUNDS  of each guest [50000]

set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/tap.sh
. "$here/../tap.sh"
qemu=${1:?usage: fuzz.sh QEMU SECONDS [SEED]}
end=$((SECONDS + ${2:?usage: fuzz.sh QEMU SECONDS [SEED]}))
seed=${3:-$(date +%s)}

while [ "$tap_failed" = 0 ] && [ "$SECONDS" -lt "$end" ]; do
	tap_run "seed $seed" "$here/guest.sh" "$qemu" $((1 + seed % 2)) 600 \
		"fuzz=$seed" rounds="${ROUNDS:-50000}"
	seed=$((seed + 1))
done
tap_finish
