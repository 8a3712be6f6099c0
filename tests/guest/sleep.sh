#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A machine that shall sleep, and a CPU that shall come back, while a peer has that.

# shellcheck source=tests/guest/results.sh
. /test/results.sh
mkdir -p /tmp/sleep && cd /tmp/sleep || exit

# is_refused VALUE FILE: Linux answers EBUSY to it.
is_refused()
{
	! echo "$1" > "$2" && [ "$(cat err)" = 'sh: write error: Device or resource busy' ]
}

logged()
{
	dmesg | grep -F "nimbos: $1"
}

# As far as freezing all processes, and back.
tries_to_sleep()
{
	echo freezer > /sys/power/pm_test && echo mem > /sys/power/state
}

cpu=/sys/devices/system/cpu/cpu1/online
states=$(cat /sys/power/state)

check 'a peer starts' start
for state in $states; do
	check "$state is refused" is_refused "$state" /sys/power/state
done
check 'the log says why' logged 'the machine cannot sleep while peer 0 has a CPU; stop it first'
check 'its CPU does not come online' is_refused 1 $cpu
check 'the log says why' logged 'CPU 1 cannot go online: a peer has it; stop the peer first'
check 'it runs on' is_state running
prints 'its programs run on' 42 '' nimbosctl run exit 42

prints 'the peer panics' 126 '' nimbosctl run panic
check 'it has failed' comes_true is_state failed
for state in $states; do
	check "$state is refused" is_refused "$state" /sys/power/state
done
check 'its CPU does not come online' is_refused 1 $cpu

check 'it is stopped' nimbosctl stop
check 'now the machine may sleep' tries_to_sleep
check 'and afterwards a peer starts' start
prints 'its programs run' 42 '' nimbosctl run exit 42
check 'it stops' nimbosctl stop
finish
