#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The reference peer's programs, one after the other and at once. The peer gets the last CPU.

# shellcheck source=tests/guest/results.sh
. /test/results.sh
mkdir -p /tmp/programs && cd /tmp/programs || exit

run()
{
	nimbosctl run "$@"
}

# What one of several programs at once has printed: a line, and a file.
is_output_of_one()
{
	sed 1q "$1" | grep '^threads: ok n=3 ' && sed 1d "$1" | cmp - random
}

leaves_nothing()
{
	! ls "$@" 2> /dev/null
}

is_first_start()
{
	nimbosctl status | grep ', started 1 time$'
}

check 'a peer starts' start
run pools > pools.before

# What a program is told, and what it tells.
for status in 0 1 42 255; do
	prints "exit status $status arrives" $status '' run exit $status
done
prints 'arguments arrive as they are' 0 \
	'one   t w o *  "$"  four' \
	run echo one '' ' t w o' '*' ' "$"' ' four'
prints 'a program that does not exist' 127 "nimbos-ref: no program 'nosuch'; *" run nosuch
prints 'a program that touches memory that is not its own' 139 '' run crash

# Files.
head -c 3000001 /dev/urandom > random
head -c 77 /dev/urandom > small
: > empty
run cat random > copy
check 'cat of a file' cmp random copy
run cat small empty random small > copy
cat small empty random small | cmp - copy > out 2> err
result 'cat of four files' $?
# shellcheck disable=SC2002 # a pipe it shall be
cat random | run cat | cmp - random > out 2> err
result 'cat from a pipe into a pipe' $?
prints 'cat of a file that does not exist' 1 'cat: /nonexistent: errno 2' \
	sh -c 'nimbosctl run cat /nonexistent 2>&1'
{ run cat random; echo $? > status; } 2> err | head -c 1 > out
check 'a pipe without a reader is an error, and not the end of the shadow' grep -x 1 status

# Threads, processes, mixed work.
prints '15 threads' 0 'threads: ok n=15 calls=*' run threads 15 150
prints '63 threads, each with a lane' 0 'threads: ok n=63 calls=*' run --lanes=64 threads 63 30
prints 'a second thread on one lane' 1 'threads: thread: errno 11' \
	sh -c 'nimbosctl run --lanes=1 threads 1 30 2>&1'
prints 'threads on rings of two entries' 0 'threads: ok n=4 calls=*' run --depth=2 threads 4 60
prints 'a wide tree of processes' 0 'fork: ok processes=13' run fork 2 3
prints 'a deep tree of processes' 0 'fork: ok processes=6' run fork 5 1
prints 'mixed work' 0 'stress: ok rounds=80 calls=*' run stress 20 /tmp/programs
check 'it leaves no file behind' leaves_nothing stress.*

# What Linux must not do for them. Numbers: errno, call, arguments.
while IFS=: read -r errno call what; do
	# shellcheck disable=SC2086 # arguments
	prints "$what" 0 "call: nr=${call%% *} result=-$errno" run call $call < /dev/null
done << 'END'
1:29:shmget is denied
1:101:ptrace is denied
1:169:reboot is denied
1:175:init_module is denied
1:321:bpf is denied
38:12:brk is local
38:202:futex is local
38:9:mmap by its Linux number is not known
38:57:fork by its Linux number is not known
38:59:execve by its Linux number is not known
38:999:an unknown number
38:0xffffffff:the largest number
14:1 1 0 10:write from NULL
14:1 1 0x400000 10:write from where the shadow could lie
14:1 1 0xffff800000000000 10:write from the kernel of Linux
14:1 1 %10 0x7fffffffffffffff:write of more than there is
14:2 0x10:open of a name outside
14:4 @/tmp 0x10:stat to outside
14:20 1 0x400000 1:writev with vectors outside
14:46 1 0x7fff00000000 0:sendmsg with a message outside
9:0 99 %16 16:read of a descriptor that is not open
9:3 3:close of a descriptor of the shadow
END
prints 'a call that is allowed' 0 'abccall: nr=1 result=3' run call 1 1 @abc 3

# Calls that do nothing, by each way to wait.
for mode in poll irq adaptive; do
	for batch in 1 16 64; do
		prints "$batch at a time, $mode" 0 "nop: n=50 mode=$mode batch=$batch *" \
			run nop 50 $mode $batch
	done
done

# Garbage. Linux and the peer go on.
for seed in 1 2 3 4 5 6; do
	prints "garbage from seed $seed" 0 'garbage: ok n=500 refused=*' run garbage $seed 500
	prints 'a new program runs' 0 "after $seed" run echo after $seed
done

# Eight at once: each has its own status, its own output, its own files.
pids=
for i in 1 2 3 4 5 6 7 8; do
	{ run threads 3 90 && run cat random && run exit "10$i"; } > "out.$i" 2>&1 &
	pids="$pids $!"
done
statuses=
for pid in $pids; do
	wait "$pid"
	statuses="$statuses $?"
done
prints 'eight at once: exit statuses' 0 ' 101 102 103 104 105 106 107 108' echo "$statuses"
for i in 1 2 3 4 5 6 7 8; do
	check "eight at once: output of number $i" is_output_of_one "out.$i"
done

chgrp nogroup /dev/nimbos && chmod 660 /dev/nimbos
prints 'whoever may open the device may run programs' 0 'as nobody' \
	su nobody -c 'nimbosctl run echo as nobody'

# What is left.
check 'all slots come back' comes_true no_slots
check 'the accounts balance' balances 1
run pools > pools.after
check "the peer's do, too" cmp pools.before pools.after
check 'it is still the first start' is_first_start
check 'the peer stops' nimbosctl stop
check 'nothing is in use' balances 0
check 'its memory is given back' nimbosctl stop --unload
finish
