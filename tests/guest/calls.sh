#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Forwarded calls in Linux's trace, by the trace point nimbos:nimbos_call.

# shellcheck source=tests/guest/results.sh
. /test/results.sh
mkdir -p /tmp/calls && cd /tmp/calls || exit

trace=/sys/kernel/tracing
event=$trace/events/nimbos/nimbos_call
ioctls=$trace/events/syscalls/sys_enter_ioctl

switch()
{
	echo "$1" > $event/enable
}

run()
{
	nimbosctl run "$@"
}

# traces COMMAND...: what is in the trace afterwards is in the file "calls".
traces()
{
	echo > $trace/trace
	"$@" || return
	grep ' nimbos_call: ' $trace/trace > calls
	cat calls
}

# shows N TEXT: so many calls have it.
shows()
{
	cat calls
	[ "$(grep -c "$2" calls)" = "$1" ]
}

has_calls()
{
	grep -q ' nimbos_call: ' $trace/trace
}

# Whether the times of a call with this text are all known; but for wake, which may be before notify.
has_times()
{
	line=$(grep "$1" calls)
	echo "$line"
	for stage in enqueue notify execute reply resume; do
		expr "$line" : ".* $stage=[0-9]" > /dev/null || return
	done
}

# A program makes calls all the time.
start_calls()
{
	nimbosctl run stress 100000000 > /dev/null 2>&1 &
	pid=$!
}

makes_calls()
{
	nimbosctl status | grep 'slots  *1 in use'
}

# No shadow shows anything while others make calls.
shows_nothing()
{
	echo > $trace/trace
	run nop 100 irq && ! grep ' sys_ioctl(' $trace/trace
}

check 'a peer starts' start
check 'nobody traces calls' traces run call 1 1 @abc 3
check 'and there are none' shows 0 ''

check 'calls are traced' switch 1
check 'of a program' traces run call 1 1 @abc 3
check 'one with its arguments and result' shows 1 ' nr=1 args=0x1,0x[0-9a-f]*,0x3,.* result=3 '
check 'and its times' has_times ' nr=1 args=0x1,0x[0-9a-f]*,0x3,'
check 'how they were waited for' sh -c "! grep -v ' waited=[a-z][a-z]*\$' calls"
check 'in numbers, for tools' sh -c "grep waited $event/format && ! grep NIMBOS_ $event/format"
check 'the last one, by which it exits' shows 1 ' nr=32774 '
check 'a call that is refused' traces run call 101
check 'with its error' shows 1 ' nr=101 .* result=-1 '
for mode in poll irq; do
	check "100 calls and 100 before them, $mode" traces run nop 100 $mode
	check 'are all there' shows 200 ' nr=32768 '
done
check '64 at a time' traces run nop 10 irq 64
check 'are all there' shows 7040 ' nr=32768 '
echo 'nr == 1' > $event/filter
check 'some are filtered' traces run nop 100 irq
check 'and the others not seen' shows 0 ' nr=32768 '
echo 0 > $event/filter
check 'calls of a tree of processes' traces run fork 2 3
check 'each of which exits' shows 13 ' nr=32774 '

check 'they are traced no more' switch 0
start_calls
check 'a program makes calls' comes_true makes_calls
echo > $trace/trace
check 'they are traced while it runs' switch 1
check 'which shows them' comes_true has_calls
check 'and no more' switch 0
# Of the ioctl itself, since what that shows is seen no more.
echo 'cmd == 0xbb09' > $ioctls/filter
echo 1 > $ioctls/enable
check 'shadows learn of it' comes_true shows_nothing
echo 0 > $ioctls/enable
kill $pid
wait $pid
# Its children have ended, too.
check 'all slots come back' comes_true no_slots

check 'the peer stops' nimbosctl stop
check 'calls are traced' switch 1
check 'the module is taken out meanwhile' rmmod nimbos
check 'and comes back' insmod /lib/nimbos/nimbos.ko
check 'nobody traces calls' grep -x 0 $event/enable
check 'nothing is in use' is_account irqnums 0
finish
