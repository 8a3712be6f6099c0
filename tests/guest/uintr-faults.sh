#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# uintr-faults.sh CASE: what can be wrong with user interrupts, what is said of it, and that nothing
# is left of it. The cases want different guests:
#
#	no-uintr	a processor without user interrupts
#	pti		page-table isolation
#	owned		uintr_witness.ko in /lib/nimbos, not loaded
#	left		the same: a peer that leaves its registers to Linux
#	vectors		vector_hog.ko in /lib/nimbos
#	linux		uintr_fault in /test: what needs no peer
#	posts		four CPUs; uintr_stress in /test
#
# nimbos.ko is loaded. A peer gets the last CPU.

# shellcheck source=tests/guest/results.sh
. /test/results.sh
mkdir -p /tmp/uintr-faults && cd /tmp/uintr-faults || exit

used_up='the descriptors for user interrupts, or the interrupt vectors, are used up; '
used_up="${used_up}end other users of them"

# has_status REASON: why there are no user interrupts.
has_status()
{
	nimbosctl status > state && cat state && grep -Fx "  user interrupts: $1, 0 lanes served by them" state
}

# works_without REASON ERRNO COMMAND...: the log says, once, why the worker has none.
works_without()
{
	line="level=warning pid=[0-9]* msg=\"no user interrupts, the worker waits for the kernel's\""
	line="$line lane=[0-9]* reason=\"$1\" error=$2\$"
	shift 2
	"$@" 2> log || { cat log; return 1; }
	cat log
	[ "$(grep -c 'no user interrupts' log)" = 1 ] && grep "$line" log
}

# works_with N COMMAND...: so many workers have them.
works_with()
{
	want=$1
	shift
	"$@" 2> log || { cat log; return 1; }
	cat log
	[ "$(grep -c 'waits and notifies by user interrupts' log)" = "$want" ]
}

# said MESSAGE: by the module, once.
said()
{
	dmesg > messages
	[ "$(grep -c 'nimbos: no user interrupts' messages)" = 1 ] &&
		grep -F "nimbos: no user interrupts: $1" messages
}

# uintr_is_idle: all that was given out for user interrupts in Linux's own memory has come back.
uintr_is_idle()
{
	is_account 'uintr threads' 0 && is_account upids 0 && is_account uitts 0 &&
		is_account senders 0
}

# nothing_left: nor of anything else; no peer runs and the module has been used.
nothing_left()
{
	uintr_is_idle && is_account irqnums "${1:-0}"
}

run()
{
	nimbosctl run "$@"
}

lanes_served()
{
	nimbosctl status --peer="${2:-0}" |
		grep -x "  user interrupts: available, $1 lanes served by them"
}

# does_without NAME MESSAGE: REASON of the status and the log, MESSAGE of the module.
does_without()
{
	check 'a peer starts' start
	check 'the status says why there are none' has_status "$1"
	check 'the kernel log, too' said "$2"
	check 'the log, too' works_without "$1" 95 run --wait=uintr threads 4 60
	prints 'its programs run' 0 'threads: ok n=4 calls=*' run threads 4 60
	prints 'a program of Linux is told' 1 \
		"this machine or this peer has no user interrupts; 'nimbosctl status' says what is missing" \
		/test/uintr_fault register
	check 'the peer stops' nimbosctl stop
}

no_uintr()
{
	does_without 'the processor has none' 'the processor has none'
	check 'nothing is left' nothing_left
}

pti()
{
	check 'page-table isolation is on' grep -w pti /proc/cpuinfo
	does_without 'page-table isolation is on' 'page-table isolation is on (pti=off turns it off)'
	check 'nothing is left' nothing_left
}

owned()
{
	check 'somebody uses the registers' insmod /lib/nimbos/uintr_witness.ko own=1
	does_without 'something else uses the registers' \
		'something else uses their registers already'
	check 'nothing is left' nothing_left
	check 'they are free again' rmmod uintr_witness
	check 'the module is as it was' sh -c \
		'rmmod nimbos && dmesg -c > /dev/null && insmod /lib/nimbos/nimbos.ko'
	# Not for ever: the module looks each time, until it has them itself.
	check 'somebody uses the registers' insmod /lib/nimbos/uintr_witness.ko own=1
	check 'a peer starts' start
	check 'the status says so' has_status 'something else uses the registers'
	check 'they are free again' rmmod uintr_witness
	check 'the status says so' has_status 'the peer takes no part'
	prints 'a program of Linux has them' 0 ok /test/uintr_fault register
	prints 'the peer knows of none' 0 'threads: ok n=4 calls=*' run --wait=uintr threads 4 60
	check 'the peer stops' nimbosctl stop
	check 'a peer starts' start
	check 'its workers have them' works_with 1 run --wait=uintr -v echo one
	check 'the peer stops' nimbosctl stop
	check 'nothing is left' uintr_is_idle
}

# left_nothing: on the last CPU, which a peer has had, a thread finds nothing.
left_nothing()
{
	sh -c 'exec 3< /sys/kernel/debug/uintr_witness/seen && taskset -p 2 $$ && usleep 1000 &&
		usleep 1000 && usleep 1000 && cat <&3' > seen 2>&1
	cat seen
	grep '^switches [1-9][0-9]* dirty 0 ' seen
}

left()
{
	# It writes ahead of a module that is loaded later.
	check 'the module is taken out' rmmod nimbos
	check 'a peer will leave something behind' insmod /lib/nimbos/uintr_witness.ko leave=1
	check 'the module is there again' insmod /lib/nimbos/nimbos.ko
	for when in before after; do
		check "$when: a peer starts" start
		check "$when: the peer stops" nimbosctl stop
		check "$when: the registers are not somebody else's" lanes_served 0
		prints "$when: a program of Linux has user interrupts" 0 ok \
			/test/uintr_fault register
		check "$when: they are clean" left_nothing
	done
	check 'nothing is left' uintr_is_idle
}

vectors()
{
	# The peer has its own interrupt, and its slots have one that they can share.
	mkfifo fifo
	check 'a peer starts' start
	run --wait=irq cat < fifo > copy &
	reader=$!
	exec 3> fifo
	check 'a slot is in use' comes_true is_account irqnums 2
	check 'all vectors are taken' insmod /lib/nimbos/vector_hog.ko
	check 'that is no reason to have none' lanes_served 0
	for _ in 1 2 3; do
		prints 'a program of Linux is told' 1 "$used_up" /test/uintr_fault register
	done
	check 'so is the log' works_without "$used_up" 28 run --wait=uintr threads 4 60
	check 'nothing is left' nothing_left 2
	check 'vectors are free again' rmmod vector_hog
	prints 'a program of Linux has them' 0 ok /test/uintr_fault register
	check 'workers have them' works_with 1 run --wait=uintr -v echo one
	echo over >&3
	exec 3>&-
	wait $reader
	check 'the slot has not noticed' grep -x over copy
	check 'the peer stops' nimbosctl stop
	check 'nothing is left' uintr_is_idle
}

# is_in_use: rmmod refuses, and says why.
is_in_use()
{
	! rmmod nimbos 2> why && cat why && grep -i 'in use\|unavailable\|busy' why
}

linux()
{
	# Index 0 is nobody's.
	prints 'as many receivers as there are UPIDs' 0 "2047: $used_up" /test/uintr_fault fill
	check 'nothing is left' uintr_is_idle
	prints 'then there are some again' 0 ok /test/uintr_fault register

	prints 'receivers that are killed in their handlers' 0 'killed *0' \
		/test/uintr_fault kill 1000
	check 'nothing is left' comes_true uintr_is_idle
	prints 'others do not mind' 0 ok /test/uintr_fault register

	# It has closed the device, too.
	mkfifo fifo
	/test/uintr_fault hold < fifo > held &
	holder=$!
	exec 3> fifo
	check 'a thread has registered' comes_true grep -x holds held
	check 'the module stays' is_in_use
	printf x >&3
	check 'the thread does not mind' comes_true grep -x received held
	check 'it is counted' is_account 'uintr threads' 1
	exec 3>&-
	check 'it ends' wait $holder
	check 'nothing is left' comes_true uintr_is_idle
	check 'the module goes' rmmod nimbos
	check 'and comes' insmod /lib/nimbos/nimbos.ko
	prints 'there are user interrupts' 0 ok /test/uintr_fault register
}

# has_passed FILE: what uintr_stress has printed.
has_passed()
{
	cat "$1"
	[ "$(grep -c '^ok ' "$1")" = 8 ] && ! grep '^not ok \|^Bail out' "$1"
}

# spoil N [reserved]: N workers of the peer serve while it writes random words over its UPIDs.
spoil()
{
	spoilt=
	mkdir -p spoilt
	for _ in $(seq "$1"); do
		run --wait=uintr --window=4M stress 1000000 /tmp/uintr-faults/spoilt \
			>> spoilt.log 2>&1 &
		spoilt="$spoilt $!"
	done
	# It asks how many CPUs are online: none may come or go meanwhile.
	/test/uintr_stress 20000 > own 2>&1 &
	own=$!
	check 'its workers serve' comes_true lanes_served '[1-9][0-9]*'
	for seed in 1 2 3; do
		prints "it writes what it likes${2:+, $2 bits, too}, $seed" 0 \
			'upids: ok rounds=1000' run --wait=irq --window=4M upids $seed 1000 ${2:+"$2"}
	done
	check "Linux's own receivers go on" wait $own
	check 'they have lost nothing' has_passed own
}

# are_there PID...
are_there()
{
	for pid; do
		grep '^State:.[^Z]' "/proc/$pid/status" || { cat spoilt.log; return 1; }
	done
}

# end_shadows PID...: those that still live. An interrupt that was lost is no reason to end.
end_shadows()
{
	for pid; do
		kill -9 "$pid"
		wait "$pid"
		status=$?
		echo "status $status"
		# SIGKILL, or what SENDUIPI has raised.
		[ $status = 137 ] || [ $status = 139 ] || return 1
	done
}

# A peer writes to the UPIDs of its region what it likes. Another peer has its own, and Linux, too.
posts()
{
	# A shadow whose doorbell gets reserved bits ends by SIGSEGV, as the processor has it.
	check 'who ends by a signal is not in the log' \
		sh -c 'echo 0 > /proc/sys/debug/exception-trace'
	check 'a peer starts' start --cpu=3 --region=0x3a000000+128M
	check 'another peer starts' start --peer=1 --cpu=2 --region=0x42000000+128M
	run --peer=1 --wait=uintr --window=4M stress 40 /tmp/uintr-faults > other 2>&1 &
	other=$!
	spoil 3
	# shellcheck disable=SC2086 # several
	check 'its shadows have survived that' are_there $spoilt
	# shellcheck disable=SC2086
	check 'they end' end_shadows $spoilt
	check 'it stops' nimbosctl stop
	# Their children end by themselves.
	check 'all slots come back' comes_true no_slots 0
	# By SENDUIPI it would fault itself.
	check 'it starts again' start --cpu=3 --region=0x3a000000+128M --cmdline=uintr=hand
	spoil 2 reserved
	# shellcheck disable=SC2086
	check 'its shadows end' end_shadows $spoilt
	check 'it stops' nimbosctl stop
	check 'all slots come back' comes_true no_slots 0
	check "the other peer's workers have lost nothing" wait $other
	check 'they say so' grep '^stress: ok rounds=' other
	check 'it starts again' start --cpu=3 --region=0x3a000000+128M
	check 'its workers have them' works_with 1 run --wait=uintr -v echo one
	prints 'its programs run' 0 'threads: ok n=15 calls=*' run --wait=uintr threads 15 60
	for peer in 0 1; do
		check "peer $peer: all slots come back" comes_true no_slots $peer
		check "peer $peer stops" nimbosctl stop --peer=$peer --unload
	done
	check 'nothing is left' comes_true uintr_is_idle
}

case "$1" in
no-uintr) no_uintr ;;
pti | owned | left | vectors | linux | posts) "$1" ;;
*) echo "Bail out! no case '$1'"; exit 1 ;;
esac
finish
