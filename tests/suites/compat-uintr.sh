#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: peers from before SCF version 3 with user interrupts
# Limit: 1500
# Needs: [ -n "${NIMBOS_QEMU:-}" ] || make -s qemu-uintr
# Debug: yes

set -euo pipefail

# Debian's QEMU has no user interrupts; that of tools/qemu-uintr has.
NIMBOS_QEMU=${NIMBOS_QEMU:-$(make -s qemu-uintr)}
export NIMBOS_QEMU
. tests/guest.sh
. tests/tap.sh
. tests/peers.sh

tap_run driver tests/vm/run.sh "${legacy[@]}" "${standin_on_1[@]}" --timeout 400 "$tests/compat_abi"
# When a shadow is killed, its descriptor is taken from it at any moment, and the peer goes on posting.
# On the debug kernel that takes too long.
kill=('tests/guest/legacy-kill.sh v2-uintr native')
[ "${NIMBOS_KERNEL:-}" != debug ] || kill=()
peers 'version 2' --timeout 1200 tests/guest/legacy-uintr.sh "${kill[@]}"
# Each time that the first process has ended, the peer says how it was notified.
if awk '/by vector 41/ { by_41 += $7 > 0 && $2 == 0; by_40 += $2 > 0 && $7 == 0 }
	END { exit !by_40 || !by_41 }' "$work/peer.log"; then
	tap_result ok 'peers are notified by vector 41, or by vector 40'
else
	tap_result 'not ok' 'peers are notified by vector 41, or by vector 40'
	sed -n 's/^notified/# &/p' "$work/peer.log"
fi
tap_finish
