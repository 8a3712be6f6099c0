#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: peers from before SCF version 3: the driver's ABI, starts natively and by RVM1.5
# Limit: 1200
# Debug: yes

set -euo pipefail

. tests/guest.sh
. tests/tap.sh

standin=$(kmods)/rvm_standin.ko
legacy=("${loaded[@]}" --file "$tests/legacy_image.bin:/lib/nimbos/" --file "$standin:/lib/nimbos/")

tap_run rvm tests/vm/run.sh "${legacy[@]}" --timeout 300 "$tests/compat_rvm"
tap_run nimbosctl tests/vm/run.sh "${legacy[@]}" --file tests/guest/results.sh:/test/ \
	--file tests/guest/refusals.sh:/test/ --timeout 200 tests/guest/legacy-ctl.sh
tap_run driver tests/vm/run.sh "${legacy[@]}" --setup 'insmod /lib/nimbos/rvm_standin.ko' \
	--timeout 400 "$tests/compat_abi"
# The last CPU has number 3 and APIC ID 4. Wants a kernel for more than eight CPUs, which the debug
# kernel is not.
if [ "${NIMBOS_KERNEL:-}" != debug ]; then
	tap_run 'APIC IDs with a gap' tests/vm/run.sh "${legacy[@]}" \
		--cpus 4,sockets=3,cores=3,maxcpus=9 \
		--setup 'insmod /lib/nimbos/rvm_standin.ko cpu=3' --timeout 400 "$tests/compat_abi"
fi
tap_finish
