#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# No entry into Linux: while a worker runs, 10,000 null calls by user interrupts cost Linux no system
# call, no interrupt and no context switch that as long a time without calls would not have. What
# Linux says of itself is counted between marks in its trace, and in /proc; what it says of calls by
# interrupt shows that this counts what it should. For a processor with user interrupts.

# shellcheck source=tests/guest/results.sh
. /test/results.sh
mkdir -p /tmp/steady && cd /tmp/steady || exit

calls=10000
trace=/sys/kernel/tracing/instances/steady
events='raw_syscalls/sys_enter irq/irq_handler_entry irq_vectors exceptions sched/sched_switch'

trace_on()
{
	mkdir $trace && echo 8192 > $trace/buffer_size_kb || return
	for event in $events; do
		# A whole system, if that is what it names.
		echo 1 > "$trace/events/$event/enable" || return
	done
}

# count: what the trace has between the two pairs of marks of one shadow: with calls, and without.
count()
{
	awk '
	match($0, /-[0-9]+ +\[/) {
		pid = substr($0, RSTART + 1, RLENGTH - 2) + 0
		name = substr($0, 1, RSTART - 1)
		$0 = substr($0, RSTART + RLENGTH)
		event = $4
		sub(/:$/, "", event)
		mark = event == "sys_enter" && /NR 110 / && name ~ /nimbos-shadow/
		if (mark)
			marks++
		else if (marks == 1 || marks == 3)
			counts[marks, event ~ /_exit$/ ? "" : kind(event)]++
		if (marks == 1 || marks == 3)
			counts[marks, "worker"] += !mark && event == "sys_enter" &&
				name ~ /nimbos-shadow/
	}
	function kind(event)
	{
		if (event == "sys_enter")
			return "calls"
		if (event == "sched_switch")
			return "switches"
		if (event == "local_timer_entry")
			return "ticks"
		return "interrupts"
	}
	END {
		if (marks != 4)
			exit 1
		for (which = 1; which <= 3; which += 2)
			print counts[which, "worker"] + 0, counts[which, "calls"] + 0,
				counts[which, "interrupts"] + 0, counts[which, "switches"] + 0,
				counts[which, "ticks"] + 0
	}' $trace/trace
}

# of_worker FILE: how often the worker has been switched out, and interrupts of nimbos.
of_proc()
{
	awk '/^(non)?voluntary_ctxt_switches:/ { switches += $2 }
		/nimbos/ { for (i = 2; $i ~ /^[0-9]+$/; i++) interrupts += $i }
		END { print switches + 0, interrupts + 0 }' "$1"
}

# measure OPTION... PROGRAM...: runs it and sets "with" and "without" to lists: system calls of the worker,
# of all, interrupts but for ticks, switches, switches of the worker, interrupts of nimbos, ticks.
measure()
{
	echo > $trace/trace
	echo 1 > $trace/tracing_on
	nimbos-shadow "$@" out0 /proc/thread-self/status /proc/interrupts || return
	# Who reads it would write to it.
	echo 0 > $trace/tracing_on
	count > counts || { echo 'the marks are not in the trace'; return 1; }
	# shellcheck disable=SC2046 # numbers
	set -- $(cat counts) $(of_proc out0) $(of_proc out1) $(of_proc out2)
	with="$1 $2 $3 $4 $((${13} - ${11})) $((${14} - ${12})) $5"
	without="$6 $7 $8 $9 $((${15} - ${13})) $((${16} - ${14})) ${10}"
}

# field N LIST
field()
{
	# shellcheck disable=SC2086 # numbers
	echo $2 | cut -d ' ' -f "$1"
}

# as_few N [PART]: no more of it with calls than without, but for what comes by itself now and then:
# one for a hundred calls, or so many, at most.
as_few()
{
	[ "$(field "$1" "$with")" -le $(($(field "$1" "$without") + calls / ${2:-100})) ]
}

none()
{
	[ "$(field "$1" "$with")" = 0 ]
}

# at_most N M: no more of one than of the other.
at_most()
{
	[ "$(field "$1" "$with")" -le "$(field "$2" "$with")" ]
}

# at_least N M
at_least()
{
	[ "$(field "$1" "$with")" -ge "$2" ]
}

show()
{
	printf '# %-34s %8s %8s %8s %8s %8s %8s %8s\n' "$1" worker calls irqs switches worker nimbos \
		ticks
	# shellcheck disable=SC2086 # numbers
	printf '# %-34s %8s %8s %8s %8s %8s %8s %8s\n' "$2 calls" $with 'as long without' $without
}

check 'Linux traces itself' trace_on
check 'a peer starts' start

check "$calls null calls by user interrupts" \
	measure --wait=uintr --poll-us=60000000 steady $calls irq
show 'by user interrupts, worker runs' $calls
check 'no system call of the worker' none 1
check 'no system call' as_few 2
check 'no interrupt' as_few 3
# They come by the clock, as far as the host lets them.
check 'no tick' as_few 7 10
check 'no context switch' as_few 4
check 'no context switch of the worker' as_few 5
# A user interrupt that is under way while its worker is switched out, comes to Linux.
check 'no interrupt of nimbos but at a switch of the worker' at_most 6 5

check '1000 null calls by interrupts' measure --wait=irq --poll-us=0 steady 1000 irq
show 'by interrupts, worker sleeps' 1000
# A call may come before its worker is asleep; that it counts them is what this shows.
check 'a system call each' at_least 1 500
check 'an interrupt each' at_least 6 500
check 'which the trace shows' at_least 3 500
check 'context switches' at_least 4 500

check 'the peer stops' nimbosctl stop
check 'all slots come back' no_slots
rmdir $trace
finish
