#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: peers from before SCF version 3: the driver's ABI, programs, natively and by RVM1.5
# Limit: 3600
# Debug: yes

set -euo pipefail

. tests/guest.sh
. tests/tap.sh
. tests/peers.sh

tap_run rvm tests/vm/run.sh "${legacy[@]}" --timeout 300 "$tests/compat_rvm"
tap_run nimbosctl tests/vm/run.sh "${legacy[@]}" --file tests/guest/results.sh:/test/ \
	--file tests/guest/refusals.sh:/test/ --timeout 200 tests/guest/legacy-ctl.sh
tap_run driver tests/vm/run.sh "${legacy[@]}" "${standin_on_1[@]}" --timeout 400 "$tests/compat_abi"
# The debug kernel looks at the driver; programs take too long there. And it is not for more than
# eight CPUs, as the last CPU of this one is, which has number 3 and APIC ID 4.
if [ "${NIMBOS_KERNEL:-}" = debug ]; then
	tap_finish
	exit
fi
tap_run 'APIC IDs with a gap' tests/vm/run.sh "${legacy[@]}" \
	--cpus 4,sockets=3,cores=3,maxcpus=9 \
	--setup 'insmod /lib/nimbos/rvm_standin.ko cpu=3' --timeout 400 "$tests/compat_abi"

programs=tests/guest/legacy-programs.sh
kill=tests/guest/legacy-kill.sh
# With 255 bytes in a call, 64 MiB are 530,000 calls of version 1.
peers 'version 1' --cpus 3 --timeout 900 "$programs v1 native"
peers 'version 1 by RVM1.5' "${standin_on_2[@]}" --timeout 900 "$programs v1 rvm"
peers 'version 2' --timeout 600 "$programs v2 native" "$programs v2-many native" \
	"tests/guest/legacy-uintr.sh none" "$kill v2 native"
peers 'version 2 by RVM1.5' "${standin_on_1[@]}" --timeout 600 "$programs v2 rvm" \
	"$programs v2-many rvm"
tap_finish
