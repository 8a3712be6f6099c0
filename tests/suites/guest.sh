#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: /dev/nimbos in a guest: ioctls, peers, slots; failing allocations on the debug kernel
# Limit: 2400
# Debug: yes

set -euo pipefail

. tests/guest.sh
programs=(abi kunit peer slot)
# Faults are injected on a kernel that can do so, and take their time.
if [ "${NIMBOS_KERNEL:-}" = debug ]; then
	out=$(kmods)
	loaded+=(--module "$out/fault_filter.ko" --append kunit.enable=1)
else
	# Lockdep stops the guest where Linux 6.1 itself splits a mapping of huge pages.
	programs+=(huge)
fi
exec tests/vm/run.sh "${loaded[@]}" --timeout 300 "${programs[@]/#/$tests/}" \
	--timeout 1500 "$tests/fault"
