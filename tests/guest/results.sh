#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# To be sourced in a guest by programs that test nimbosctl and the reference peer. They print
# TAP, one result for each call of result, check or prints, and end with finish.

image=/lib/nimbos/nimbos-ref.bin
# The most that is allowed: how fast a guest is depends on who else uses the machine.
patient='--timeout=60000 --heartbeat=60000'
results=0
failures=0

# result DESCRIPTION STATUS: passed if the status is 0; otherwise all that was printed is shown.
result()
{
	results=$((results + 1))
	if [ "$2" = 0 ]; then
		echo "ok $results - $1"
		return
	fi
	failures=$((failures + 1))
	echo "not ok $results - $1"
	sed 's/^/# | /' out err
}

# check DESCRIPTION COMMAND...: the command has to succeed.
check()
{
	what=$1
	shift
	"$@" > out 2> err
	result "$what" $?
}

# prints DESCRIPTION STATUS TEXT COMMAND...: with this exit status and on standard output exactly
# this text, which may be a pattern of the shell's.
prints()
{
	what=$1 want=$2 text=$3
	shift 3
	"$@" > out 2> err
	status=$?
	bad=0
	[ "$status" = "$want" ] || { echo "exit status $status instead of $want" >> err; bad=1; }
	# shellcheck disable=SC2254 # a pattern
	case "$(cat out)" in
	$text) ;;
	*) echo "'$text' was expected" >> err; bad=1 ;;
	esac
	result "$what" $bad
}

# comes_true COMMAND...: waits until it succeeds, a minute at most.
comes_true()
{
	comes_true_in 60 "$@"
}

# comes_true_in SECONDS COMMAND...: the same, with another limit.
comes_true_in()
{
	end=$(($(cut -d . -f 1 /proc/uptime) + $1))
	shift
	until "$@" > last 2>&1; do
		[ "$(cut -d . -f 1 /proc/uptime)" -lt "$end" ] || { cat last; return 1; }
		usleep 50000
	done
}

# start [OPTION]...: a peer, with all the time that it could need.
start()
{
	# shellcheck disable=SC2086 # several words
	nimbosctl start --image=$image $patient "$@"
}

# is_state STATE [PEER]
is_state()
{
	nimbosctl status --peer="${2:-0}" > state && cat state && grep -q "^peer ${2:-0}: $1, " state
}

# has_cpus LIST: what Linux has online.
has_cpus()
{
	grep -x "$1" /sys/devices/system/cpu/online
}

# is_account NAME N: so many are in use, and the module has counted right.
is_account()
{
	account=$(sed -n "s/^$1: //p" /sys/kernel/debug/nimbos/pools)
	echo "$1: $account"
	# used N allocated N freed N
	# shellcheck disable=SC2086
	set -- "$2" $account
	[ "$3" = "$1" ] && [ $(($5 - $7)) = "$1" ]
}

# no_slots [PEER]: all slots that were ever given out have come back.
no_slots()
{
	is_account "peer ${1:-0}: slots" 0
}

# balances N [PEER]: no slots are in use, and N irqnums: one for each peer that runs.
balances()
{
	no_slots "$2" && is_account irqnums "$1"
}

# finish: has to come last, as it is the exit status, too.
finish()
{
	echo "1..$results"
	[ "$failures" = 0 ]
}
