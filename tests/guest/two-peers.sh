#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Two peers at once, on CPUs 1 and 2 of three: neither disturbs the other, nor Linux on
# what is left.

# shellcheck source=tests/guest/results.sh
. /test/results.sh
mkdir -p /tmp/two-peers && cd /tmp/two-peers || exit

start_first()
{
	start --peer=0 --cpu=1 --region=0x3a000000+128M
}

start_second()
{
	start --peer=1 --cpu=2 --region=0x42000000+128M
}

# They say which peer they are on by their status.
both_run()
{
	nimbosctl run --peer=0 stress 10 /tmp/two-peers &
	first=$!
	nimbosctl run --peer=1 fork 2 2 && wait $first
}

check 'the first starts' start_first
check 'the second starts' start_second
check 'Linux has one CPU left' has_cpus 0
check 'both run programs at once' both_run
for peer in 0 1; do
	prints "a program of peer $peer" "$peer" '' nimbosctl run --peer="$peer" exit "$peer"
	check "peer $peer: all slots come back" comes_true no_slots "$peer"
done
check 'the accounts balance' balances 2

prints 'one of them panics' 126 '' nimbosctl run --peer=1 panic
check 'it has failed' comes_true is_state failed 1
check 'the other has not' is_state running 0
prints 'the other runs programs' 3 '' nimbosctl run --peer=0 exit 3
check 'its CPU stays its own until it is stopped' has_cpus 0
check 'it is stopped' nimbosctl stop --peer=1
check 'its CPU is back' has_cpus 0,2
check 'it starts again' start_second
prints 'it runs programs again' 4 '' nimbosctl run --peer=1 exit 4

check 'the first stops' nimbosctl stop --peer=0
prints 'the second runs programs' 5 '' nimbosctl run --peer=1 exit 5
check 'the second stops' nimbosctl stop --peer=1
check 'Linux has all CPUs' has_cpus 0-2
check 'nothing is in use' balances 0
finish
