#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: peers, slots and user interrupts on Debian's kernels with PREEMPT_RT, 6.1 and 6.12
# Limit: 1200
# Needs: [ -n "${NIMBOS_QEMU:-}" ] || make -s qemu-uintr
# Needs: tests/vm/kernel.sh bookworm-rt
# Needs: tests/vm/kernel.sh bookworm-backports-rt

set -euo pipefail

NIMBOS_QEMU=${NIMBOS_QEMU:-$(make -s qemu-uintr)}
export NIMBOS_QEMU
. tests/tap.sh

for kernel in bookworm-rt bookworm-backports-rt; do
	export NIMBOS_KERNEL=$kernel
	. tests/guest.sh
	tap_run "$kernel" tests/vm/run.sh "${loaded[@]}" \
		--file build/tools/libnimbos.so.1:/usr/lib/x86_64-linux-gnu/ \
		--file tests/guest/results.sh:/test/ --cpus 3 --append tsc=reliable --timeout 500 \
		tests/guest/rt.sh "$tests"/{peer,slot,route,uintr_mod} \
		tests/guest/{steady,waiting}.sh "$tests/uintr_worker 20000"
done
tap_finish
