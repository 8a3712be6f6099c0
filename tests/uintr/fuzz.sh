#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# fuzz.sh QEMU SECONDS [SEED]: fuzzes for so long, one guest after the other, each
# with a seed of its own, by turns with one CPU and with two.

set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
qemu=${1:?usage: fuzz.sh QEMU SECONDS [SEED]}
end=$((SECONDS + ${2:?usage: fuzz.sh QEMU SECONDS [SEED]}))
first=${3:-$(date +%s)}
seed=$first

while [ "$SECONDS" -lt "$end" ]; do
	"$here/guest.sh" "$qemu" $((1 + seed % 2)) 600 "fuzz=$seed" rounds="${ROUNDS:-50000}" ||
		{ echo "not ok - seed $seed"; exit 1; }
	seed=$((seed + 1))
done
echo "ok - seeds $first to $((seed - 1))"
