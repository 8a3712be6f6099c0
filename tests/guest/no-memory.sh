#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A Linux whose command line reserves no memory.

# shellcheck source=tests/guest/results.sh
. /test/results.sh
# shellcheck source=tests/guest/refusals.sh
. /test/refusals.sh
mkdir -p /tmp/no-memory && cd /tmp/no-memory || exit

refuses 'no memory' EADDRNOTAVAIL 'peer 0' nimbosctl start --image=$image
refuses 'memory that is not reserved' EADDRNOTAVAIL 0x3a000000+0x4000000 \
	nimbosctl start --image=$image --region=0x3a000000+64M
check 'all CPUs are still there' has_cpus 0-1
finish
