#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# How workers wait for calls: each way does all that the others do, is what the shadow was told,
# and says why it is not. For a processor with user interrupts. The peer gets the last CPU.

# shellcheck source=tests/guest/results.sh
. /test/results.sh
mkdir -p /tmp/waiting && cd /tmp/waiting || exit

# workers N COMMAND...: so many workers have user interrupts; what the log says else is shown.
workers()
{
	want=$1
	shift
	"$@" 2> log || { cat log; return 1; }
	[ "$(grep -c 'waits and notifies by user interrupts' log)" = "$want" ] || { cat log; return 1; }
}

# falls_back LEVEL REASON COMMAND...: the log says once, at this level, why there are none.
falls_back()
{
	line="level=$1 pid=[0-9]* msg=\"no user interrupts, .* reason=\"$2\""
	shift 2
	"$@" 2> log
	cat log
	[ "$(grep -c 'no user interrupts' log)" = 1 ] && grep "$line" log
}

is_quiet()
{
	"$@" 2> log
	! grep . log
}

# lanes N: so many are served by user interrupts now.
lanes()
{
	nimbosctl status | grep "^  user interrupts: available, $1 lanes served by them\$"
}

has_status()
{
	nimbosctl status > state && cat state && grep -F "  user interrupts: $1, 0 lanes" state
}

run()
{
	nimbosctl run "--wait=$wait" "$@"
}

# waited WAY OPTION...: a worker with these options waits for calls in this way, or finds them without.
waited()
{
	way=$1
	shift
	nimbosctl trace -j --calls=nop --output=calls -- run "$@" nop 500 irq > printed || return
	sed 's/.*"waited":"\([a-z]*\)".*/\1/' calls | sort | uniq -c > ways
	cat ways
	grep " $way\$" ways && ! grep -v -e " $way\$" -e ' poll$' ways
}

check 'a peer starts' start
check 'there are user interrupts' lanes 0
mkfifo fifo

for wait in auto uintr irq poll; do
	case $wait in
	auto | uintr) some=1 ;;
	*) some=0 ;;
	esac
	prints "$wait: exit status" 42 '' run exit 42
	check "$wait: a worker" workers $some run -v echo one
	# Who never sleeps had better be alone.
	if [ $wait != poll ]; then
		check "$wait: each thread's worker for itself" \
			workers $((some * 16)) run -v threads 15 150
		check "$wait: each process of a tree for itself" \
			workers $((some * 13)) run -v fork 2 3
		check "$wait: mixed work" run stress 10 /tmp/waiting
	fi
	for mode in poll irq adaptive; do
		prints "$wait: calls, $mode" 0 'nop: n=500 mode=*' run nop 500 $mode 4
	done

	# In a call for as long as nobody writes.
	run cat < fifo > copy &
	pid=$!
	exec 3> fifo
	check "$wait: a lane is served" comes_true lanes $some
	echo "by $wait" >&3
	exec 3>&-
	wait $pid
	prints "$wait: what it was called for" 0 "by $wait" cat copy
	check "$wait: no lane is, any more" comes_true lanes 0
done

# What a trace says of them. On Linux's only CPU nobody polls.
if [ "$(nproc)" = 1 ]; then
	check 'traced: does not poll' waited 'sleep' --wait=poll
else
	check 'traced: polls' waited poll --wait=poll
fi
check 'traced: sleeps' waited sleep --wait=irq --poll-us=0
check 'traced: is told' waited uintr --wait=uintr --poll-us=60000000

# The time awake.
check 'never awake' workers 16 nimbosctl run --wait=uintr --poll-us=0 -v threads 15 150
check 'awake all the time' workers 1 nimbosctl run --wait=uintr --poll-us=1000000 -v nop 2000 irq 1
check 'all slots come back' comes_true no_slots
check 'the peer stops' nimbosctl stop

# A peer that posts by hand, as on a processor, or in a kernel, that cannot do otherwise.
check 'a peer that posts by hand starts' start --cmdline=uintr=hand
for wait in auto uintr; do
	check "by hand, $wait: each thread's worker for itself" \
		workers 16 nimbosctl run --wait=$wait -v threads 15 150
	prints "by hand, $wait: calls" 0 'nop: n=500 mode=*' nimbosctl run --wait=$wait nop 500 irq 4
done
check 'all slots come back' comes_true no_slots
check 'the peer stops' nimbosctl stop

# A peer that takes no part.
check 'a peer without starts' start --cmdline=uintr=off
for wait in auto uintr; do
	prints "$wait: its programs run" 0 'threads: ok n=4 calls=*' \
		nimbosctl run --wait=$wait threads 4 60
done
check 'it is said why not' falls_back warning 'the peer does not take part' \
	nimbosctl run --wait=uintr threads 4 60
check 'unless nobody has asked' is_quiet nimbosctl run threads 4 60
check 'or wants to know everything' falls_back debug 'the peer does not take part' \
	nimbosctl run -v threads 4 60
check 'the status says so, too' has_status 'the peer takes no part'
check 'the peer stops' nimbosctl stop
check 'its memory is given back' nimbosctl stop --unload

# A module that may not.
off='nimbos.ko was loaded with uintr=0'
check 'the module is taken out' rmmod nimbos
check 'the module is told not to' insmod /lib/nimbos/nimbos.ko uintr=0
check 'a peer starts' start
check 'the status says why' has_status "$off"
check 'the log, too' falls_back warning "$off" nimbosctl run --wait=uintr threads 4 60
prints 'its programs run' 0 'threads: ok n=4 calls=*' nimbosctl run threads 4 60
check 'the peer stops' nimbosctl stop
check 'nothing is in use' balances 0
check 'the module is as it was' sh -c 'rmmod nimbos && insmod /lib/nimbos/nimbos.ko'
finish
