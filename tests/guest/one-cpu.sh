#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A Linux that has one CPU.

# shellcheck source=tests/guest/results.sh
. /test/results.sh
# shellcheck source=tests/guest/refusals.sh
. /test/refusals.sh
mkdir -p /tmp/one-cpu && cd /tmp/one-cpu || exit

refuses 'the last CPU by default' EDEADLK 'CPU 0:' nimbosctl start --image=$image
refuses 'the last CPU by its number' EDEADLK 'CPU 0:' nimbosctl start --image=$image --cpu=0
refuses 'a CPU that does not exist' ENODEV 'CPU 1:' nimbosctl start --image=$image --cpu=1
check 'the CPU is still there' has_cpus 0
finish
