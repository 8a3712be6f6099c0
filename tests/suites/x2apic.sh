#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: peers and slots with the local APICs in x2APIC mode
# Limit: 600

set -euo pipefail

# QEMU emulates x2APIC mode since 9.0.
version=$("${NIMBOS_QEMU:-qemu-system-x86_64}" --version | sed -n 's/.* version \([0-9]*\)\..*/\1/p')
if [ "$version" -lt 9 ]; then
	echo "QEMU $version has no x2APIC mode without KVM; NIMBOS_QEMU may name one from 9.0 on"
	exit 4
fi
. tests/guest.sh
exec tests/vm/run.sh "${loaded[@]}" --machine q35 --cpu max,+x2apic --append intel_iommu=on \
	--qemu -device --qemu intel-iommu,intremap=on,eim=on \
	--timeout 10 "$tests/x2apic" --timeout 300 "$tests"/{peer,slot}
