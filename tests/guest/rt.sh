#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What docs/tuning.md says of PREEMPT_RT, on a kernel that has it.

# shellcheck source=tests/guest/results.sh
. /test/results.sh

# handled_by PRIORITY: there are threads that handle a peer's interrupts, and all have it.
handled_by()
{
	found=0
	for thread in /proc/[0-9]*; do
		grep -q '^irq/[0-9]*-nimbos0' "$thread/comm" || continue
		# The name may have blanks; the priority comes 38 words after it.
		priority=$(sed 's/.*) //' "$thread/stat" | cut -d ' ' -f 38)
		echo "$(cat "$thread/comm"): $priority"
		[ "$priority" = "$1" ] || return 1
		found=1
	done
	[ $found = 1 ]
}

check 'the kernel has PREEMPT_RT' grep -x 1 /sys/kernel/realtime
check 'a peer starts' start
mkfifo fifo
nimbosctl run --wait=irq cat fifo > hung &
reader=$!
check 'a program waits' comes_true sh -c 'nimbosctl trace --pending | grep " open("'
check 'threads handle its interrupts, with the documented priority' handled_by 50
echo hello > fifo
wait $reader
check 'it goes on' grep -x hello hung
check 'the peer stops' nimbosctl stop --unload
finish
