#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# nimbosctl and peers from before SCF version 3, without RVM1.5 and with what stands in for it.

# shellcheck source=tests/guest/results.sh
. /test/results.sh
# shellcheck source=tests/guest/refusals.sh
. /test/refusals.sh
mkdir -p /tmp/legacy-ctl && cd /tmp/legacy-ctl || exit
image=/lib/nimbos/legacy_image.bin

shows()
{
	nimbosctl status > shown && cat shown && grep -qx "$1" shown
}

for legacy in v1 v2-early v2; do
	prints "$legacy starts" 0 'peer 0 runs on CPU 1 (native start)' start --legacy=$legacy
	check "$legacy is shown" shows "  protocol    version $legacy, from before SCF version 3"
	check "$legacy has the memory that such images are made for" \
		shows '  region      0x42000000+0x8000000, 0x8000000 of it private, 0x0 free for slots'
	check "$legacy stops" nimbosctl stop --unload
done
prints 'an image with 16 slots starts' 0 'peer 0 runs on CPU 1 (native start)' \
	start --legacy=v2 --slots=16
check 'it has them' shows '  slots       0 in use, 0 dying, of 16; 0 interrupts in use'
prints 'it restarts as what it was' 0 'peer 0 runs on CPU 1 (native start)' \
	nimbosctl restart --image=$image
check 'it has its slots again' shows '  slots       0 in use, 0 dying, of 16; 0 interrupts in use'
check 'it stops' nimbosctl stop --unload
refuses 'RVM1.5 where there is none' EPROTONOSUPPORT \
	'there is no RVM1.5 on this machine' start --legacy=v2 --backend=rvm
refuses 'less memory than such images know' EINVAL 0x42000000+0x4000000 \
	start --legacy=v2 --region=0x42000000+64M

check 'a stand-in for RVM1.5 is loaded' insmod /lib/nimbos/rvm_standin.ko
prints 'it is chosen' 0 'peer 0 runs on CPU 1 (rvm start)' start --legacy=v2
check 'it is shown' shows '  start       rvm'
check 'it stops the peer' nimbosctl stop --unload
prints 'it is not, if told so' 0 'peer 0 runs on CPU 1 (native start)' \
	start --legacy=v2 --backend=native
check 'that peer stops' nimbosctl stop --unload
check 'all CPUs are back' has_cpus 0-1
check 'nothing is in use' is_account irqnums 0
finish
