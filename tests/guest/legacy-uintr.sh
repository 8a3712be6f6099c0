#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# legacy-uintr.sh [none]: a peer of version 2 that asks for user interrupts. It gets them where there
# are some, which is nowhere with "none", and the module may give them; else it goes on by interrupts,
# and the shadow says why.

# shellcheck source=tests/guest/legacy.sh
. /test/legacy.sh
mkdir -p /tmp/compat/tree && cd /tmp/compat || exit
parameter=/sys/module/nimbos/parameters/legacy_abi

# refused REASON: the shadow has said so, once.
refused()
{
	cat errors.txt
	[ "$(grep -c 'no user interrupts for the peer' errors.txt)" = 1 ] &&
		grep -F "reason=\"$1" errors.txt
}

# interrupts N|some: so many times the peer has raised one of Linux's.
interrupts()
{
	count=$(sed -n 's/^irqnum .* interrupts //p' /sys/kernel/debug/nimbos/pools |
		awk '{ n += $1 } END { print n + 0 }')
	echo "interrupts: $count"
	if [ "$1" = some ]; then [ "$count" != 0 ]; else [ "$count" = "$1" ]; fi
}

# Another worker receives while the first one waits for input: it is the one that is posted to.
is_served()
{
	shell_begin
	echo 'nop 100' >&9
	comes_true grep -qx 'nop: ok n=100' output.txt && comes_true is_account 'uintr threads' 1
	status=$?
	shell_end || status=1
	return $status
}

# Linux's part of a call is known, and the peer's is not.
is_traced()
{
	printf 'stat /tmp\nnop 3\n' |
		nimbosctl trace --output=trace.txt -- run --legacy > output.txt 2> errors.txt
	cat trace.txt errors.txt
	calls='read(0, 0x\|stat(0x\|write(1, 0x\|ipi_init()\|exit()'
	n='[0-9]*\.[0-9]'
	grep "^0\.0\.0 \($calls\).* = .* <$n us: execute $n reply $n>$" trace.txt | cut -d' ' -f2 |
		sed 's/(.*//' | sort | uniq -c > names.txt
	cat names.txt
	# The program makes 20 more to begin with, and the peer one of its own.
	[ "$(awk '{ n[$2] = $1 } END { print n["stat"], n["ipi_init"], n["exit"] }' names.txt)" = \
		'1 24 1' ] && grep " stat(0x[0-9a-f]*) = $(stat -c %s /tmp) " trace.txt
}

stops()
{
	comes_true no_slots && nimbosctl stop --unload
}

if [ "${1:-}" = none ]; then
	echo 1 > $parameter
	check 'a peer starts' start_legacy v2-uintr native
	check 'it goes on by interrupts' does_print 'nop 100' 'nop: ok n=100'
	check 'it raises them' interrupts some
	check 'the shadow says why' refused 'the processor has none'
	check 'it stops' stops
	finish
	exit
fi

check 'a peer starts, without the parameter' start_legacy v2-uintr native
[ "$failures" = 0 ] || { finish; exit; }
check 'it goes on by interrupts' does_print 'nop 100' 'nop: ok n=100'
check 'it raises them' interrupts some
check 'its calls are traced' is_traced
check 'the shadow says why' refused "the module's parameter legacy_abi is off"
check 'it stops' stops

echo 1 > $parameter
check 'a peer starts, with the parameter' start_legacy v2-uintr native
options=--wait=irq
check 'a shadow that shall not have them' does_print 'nop 100' 'nop: ok n=100'
check 'says so' refused 'the shadow was told to wait without'
options=
check 'it stops, too' stops

check 'a peer starts for user interrupts' start_legacy v2-uintr native
check 'its worker is served by them' is_served
check '2000 calls' does_print 'nop 2000' 'nop: ok n=2000'
check 'a lock that is held for long' does_print 'hold 30000000
nop 20
hold 0' 'nop: ok n=20'
check '8 MiB are copied' copies $((8 << 20))
check 'input of the console, while others call' console
check 'a program is read from Linux and executed' \
	does_print 'exec /lib/nimbos/nimbos-hello.elf' 'hello: loaded from a file
exec: status 42'
check '4 processes with 4 threads each' \
	does_print 'tree 4 4 /tmp/compat/tree' 'tree: ok processes=4 threads=16'
check '100 children' does_print 'forks 100' 'forks: ok n=100'
check 'no interrupt was needed' interrupts 0
check 'all slots come back' comes_true no_slots
check 'no thread is left' is_account 'uintr threads' 0
check 'the peer stops' nimbosctl stop
check 'its memory is given back' nimbosctl stop --unload
finish
