#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the kernel that took over from one under which a peer ran: what that had is there again.

# shellcheck source=tests/guest/results.sh
. /test/results.sh
# shellcheck source=tests/guest/refusals.sh
. /test/refusals.sh
mkdir -p /tmp/after-kexec && cd /tmp/after-kexec || exit

check 'all CPUs are there' has_cpus 0-1
prints 'the one that the peer had runs a task' 0 1 \
	taskset 2 sh -c 'sed "s/.*) //" /proc/$$/stat | cut -d " " -f 37'
check 'the module is loaded' insmod /lib/nimbos/nimbos.ko
check 'a peer works' works
finish
