#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# nimbosctl trace: on two CPUs. Leaves in /tmp/trace, for each of some programs, its trace and what
# the peer's console says of the same calls, to be compared by trace.py.

# shellcheck source=tests/guest/results.sh
. /test/results.sh
mkdir -p /tmp/trace && cd /tmp/trace || exit
instances=/sys/kernel/tracing/instances

# no_instance: nothing is left of those who traced.
no_instance()
{
	ls $instances
	[ -z "$(ls $instances)" ]
}

# is_tracing: somebody has enabled the trace point.
is_tracing()
{
	grep -x 1 $instances/nimbosctl-*/events/nimbos/nimbos_call/enable
}

# traced NAME PROGRAM [ARGUMENT]...: its trace in JSON, and the lines of its calls on the console.
traced()
{
	name=$1
	shift
	nimbosctl console | grep -c '] call ' > before
	nimbosctl trace -j --output="$name.json" -- run "$@" > printed
	status=$?
	cat printed
	# The peer writes of the last call before it lets go of the slot.
	comes_true no_slots
	nimbosctl console | grep '] call ' | tail -n +$(($(cat before) + 1)) > "$name.log"
	[ "$status" = 0 ] && [ -s "$name.json" ] && [ -s "$name.log" ]
}

# lines [OPTION]... -- run PROGRAM [ARGUMENT]...: what it shows, without the times and pointers.
lines()
{
	nimbosctl trace --output=shown "$@" > printed
	status=$?
	sed 's/ <[0-9.]* us: .*>$//; s/0x2[0-9a-f]\{11\}/POINTER/g; s/^0\.[0-9]*\.//' shown
	return $status
}

# has_stages: a line has all six of them, and the sum before.
has_stages()
{
	cat shown
	n='-*[0-9]*\.[0-9]'
	grep "<$n us: enqueue $n notify $n wake $n execute $n reply $n resume $n>" shown
}

# sums_up CALLS ERRORS CALL: a line of a summary.
sums_up()
{
	cat shown
	awk -v calls="$1" -v errors="$2" -v call="$3" '
		$4 == calls && $5 == errors && $6 == call { found = 1 } END { exit !found }' shown
}

prints 'no module' 1 "*no trace point nimbos:nimbos_call; load the module with 'modprobe nimbos'" \
	sh -c 'nimbosctl trace 2>&1'
check 'nothing is left of that' no_instance
insmod /lib/nimbos/nimbos.ko
prints 'a call that there is not' 2 "*there is no call 'nonsense';*" \
	sh -c 'nimbosctl trace --calls=read,nonsense 2>&1'
prints 'no command to run' 2 "*'walk' is not 'run',*" sh -c 'nimbosctl trace -- walk 2>&1'
prints 'who may not' 1 '*; run this as root' \
	su -s /bin/sh nobody -c 'nimbosctl trace 2>&1'

start --cmdline=log=calls > out 2> err
result 'a peer starts' $?
head -c 100000 /dev/urandom > input
nc -l -p 7007 -e cat &
server=$!
comes_true sh -c 'netstat -ltn | grep :7007'
# For trace.py.
check 'echo' traced echo echo one two three
check 'cat' traced cat cat /etc/passwd
check 'demo' traced demo demo input copy /bin 127.0.0.1 7007
check 'threads' traced threads threads 3 30
check 'fork' traced fork fork 2 2
kill $server 2> /dev/null
check 'nothing is left of them' no_instance

prints 'lines' 0 '0 procinfo(POINTER, 4095) = 17
0 write(1, POINTER, 5) = 5
0 write(1, POINTER, 1) = 1
0 write(1, POINTER, 5) = 5
0 write(1, POINTER, 0) = 0
0 write(1, POINTER, 1) = 1
0 exit_group(0) = 0' lines -- run echo hello world
check 'the program has printed' grep '^hello world$' printed
check 'lines have stages' has_stages
prints 'flags and modes' 0 '0 open(POINTER, O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0640) = *' \
	lines --calls=open -- run call 2 @made 0x80241 416
prints 'descriptors and errors' 0 '0 openat(AT_FDCWD, POINTER, O_RDONLY|O_DIRECTORY, 00) = -1 ENOENT (No such file or directory)' \
	lines --calls=openat -- run call 257 -100 @nowhere 0x10000
prints 'numbers in words' 0 '0 lseek(77, -5, SEEK_END) = -1 EBADF (Bad file descriptor)' \
	lines --calls=lseek -- run call 8 77 -5 2
prints 'no pointer' 0 '0 wait4(-1, NULL, WNOHANG, NULL) = -1 ECHILD (No child processes)' \
	lines --calls=wait4 -- run call 61 -1 0 1 0
prints 'a call that is refused' 0 '0 ptrace(0x10, 0x1) = -1 EPERM (Operation not permitted)' \
	lines --calls=ptrace -- run call 101 16 1
prints 'a number that is no call' 0 '*0 call_600(0x1) = -1 ENOSYS (Function not implemented)*' \
	lines -- run call 600 1
prints 'the exit status' 7 '0 exit_group(7) = 0' lines --calls=exit_group,read -- run exit 7
prints 'a lane' 0 '2 pipe2(POINTER, 0) = 0' lines --lane=2 --calls=pipe2 -- run threads 3 30
prints 'no such slot' 0 '' lines --slot=200 -- run echo hello
prints 'no such peer' 0 '' lines --peer=5 -- run echo hello
prints 'standard error' 0 hello sh -c 'nimbosctl trace -- run echo hello 2> shown'
check 'it has the trace' grep 'write(1, ' shown
check 'a summary' lines --count -- run nop 100
check 'it counts calls' sums_up 200 0 nop
check 'it has a sum' sums_up 204 0 total
lines --count -- run call 8 77 0 0 > out
check 'it counts errors' sums_up 1 1 lseek
check 'a summary in JSON' sh -c "nimbosctl trace -jco sums -- run nop 100 && tr -d ' \t\n' < sums | grep '\"call\":\"nop\",\"nr\":32768,\"calls\":200,\"errors\":0,'"

# What hangs: nobody had to trace it before.
mkfifo fifo
prints 'no calls are pending' 0 '' nimbosctl trace --pending
nimbosctl run cat fifo > hung &
reader=$!
comes_true sh -c 'nimbosctl trace --pending > shown && grep " open(" shown'
result 'a program hangs' $?
check 'a call is pending' grep '^0\.[0-9]*\.0 open(0x2[0-9a-f]*, O_RDONLY.*) = ?$' shown
check 'it is the only one' [ "$(wc -l < shown)" = 1 ]
prints 'in JSON' 0 '{"peer":0,"slot":[0-9]*,"lane":0,"nr":2,"call":"open",*"pending":true}' \
	nimbosctl trace -Pj --peer=0 --calls=open,close
prints 'others are not' 0 '' nimbosctl trace --pending --calls=read
prints 'nor those of others' 0 '' nimbosctl trace --pending --slot=200
prints 'pending calls of a program' 2 '*: --pending is for calls that others have made before;*' \
	sh -c 'nimbosctl trace --pending -- run echo hello 2>&1'
prints 'pending calls with a bad name' 2 "*there is no call 'nonsense';*" \
	sh -c 'nimbosctl trace --pending --calls=nonsense 2>&1'
echo hello > fifo
wait $reader
check 'it goes on' grep '^hello$' hung
prints 'nothing is pending any more' 0 '' nimbosctl trace --pending

# How long calls take.
check 'stats' nimbosctl stats --output=shown --plot=plot.svg -- run nop 300
check 'stats count all calls' grep '^404 calls in .* in a second; 0 errors$' shown
check 'and those of each stage' grep '^execute  *404 ' shown
nimbosctl stats -j --calls=lseek -o stats.json -- run call 8 77 0 0 > out
check 'stats in JSON' grep '"errors":	1,$' stats.json
prints 'stats for a time' 0 '0 calls in [0-9.]* s, 0.0 in a second; 0 errors*' \
	nimbosctl stats --duration=200 --peer=5
prints 'stats of a program that fails' 3 '' nimbosctl stats --output=shown -- run exit 3
nimbosctl run nop 1000000 irq > out 2>&1 &
busy=$!
comes_true sh -c 'nimbosctl top --number=1 --interval=300 > shown && grep "  nimbos-shadow nop 1000000 irq$" shown'
result 'top shows who is busy' $?
check 'with its process' grep "^  *0  *[0-9]*  *$busy " shown
comes_true sh -c 'nimbosctl top -j --number=2 --interval=300 > top.json &&
	grep "\"command\":\"nimbos-shadow nop 1000000 irq\",.*\"waited\":{\"poll\":[0-9]*,\"uintr\":[0-9]*,\"sleep\":" top.json'
result 'top in JSON' $?
[ "$(grep -c '^\[.*\]$' top.json)" = 2 ]
result 'has two pictures' $?
kill $busy
wait $busy
# Workers with a real-time priority leave little of Linux's only CPU.
nimbosctl run stress 100000000 > out 2>&1 &
busy=$!
check 'top beside them' nimbosctl top --number=1 --interval=300
kill $busy
wait $busy
prints 'top of nothing' 0 '0 processes, 0.0 calls and 0.0 errors in a second
PEER *' nimbosctl top --peer=5 --number=1 --interval=100
check 'nothing is left of them' no_instance

# All that runs, until there is a signal.
nimbosctl trace --peer=0 --calls=getpid > shown &
tracer=$!
check 'it begins' comes_true is_tracing
nimbosctl run call 39 > out
check 'a call is shown while it goes on' comes_true grep 'getpid() = ' shown
kill -TERM $tracer
wait $tracer
result 'SIGTERM ends it' $?
check 'nothing is left of it' no_instance
nimbosctl trace > shown &
tracer=$!
check 'it begins again' comes_true is_tracing
kill -INT $tracer
wait $tracer
result 'SIGINT ends it' $?
check 'nothing is left of that either' no_instance
nimbosctl trace -- run sleep 60000 2> shown &
tracer=$!
check 'a program begins' comes_true is_tracing
kill -TERM $tracer
wait $tracer
[ $? = 143 ]
result 'the signal ends the program, too' $?
check 'nothing is left of the two' no_instance
sh -c 'nimbosctl trace --calls=nop -- run nop 20000 2>&1 | head -n 1' > shown
check 'a reader goes away' grep ' nop() = 0 ' shown
check 'nothing is left of what it read' comes_true no_instance
nimbosctl trace > shown &
tracer=$!
comes_true is_tracing
kill -KILL $tracer
wait $tracer
check 'SIGKILL leaves something' test -e $instances/nimbosctl-$tracer
check 'the next one' nimbosctl trace -- run echo hello
check 'takes it away' no_instance
check 'the peer stops' nimbosctl stop --unload
check 'the module goes' rmmod nimbos
tar -cf /tmp/trace.tar -- *.json *.log plot.svg
finish
