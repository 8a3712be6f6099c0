#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# legacy-programs.sh IMAGE BACKEND: programs of a legacy peer, from its start to its end.

# shellcheck source=tests/guest/legacy.sh
. /test/legacy.sh
mkdir -p /tmp/compat/tree && cd /tmp/compat || exit

sees_size()
{
	does_print 'stat /tmp/compat' "stat: $(stat -c %s /tmp/compat)"
}

check "$1 starts, by the backend $2" start_legacy "$1" "$2"
[ "$failures" = 0 ] || { finish; exit; }

check 'requests from before the shadow are answered' does_print 'nop 500' 'nop: ok n=500'
check 'a lock that is held for long' does_print 'hold 30000000
nop 20
hold 0' 'nop: ok n=20'
check '64 MiB are copied' copies $((64 << 20))
[ "$version" = v1 ] || check 'the size of a directory' sees_size
check 'input of the console, while others call' console
check 'a program is read from Linux and executed' \
	does_print 'exec /lib/nimbos/nimbos-hello.elf' 'hello: loaded from a file
exec: status 42'
check '4 processes with 4 threads each' \
	does_print 'tree 4 4 /tmp/compat/tree' 'tree: ok processes=4 threads=16'
if [ "$slots" = 16 ] || [ "$version" = v1 ]; then
	check '16 processes with 4 threads each' \
		does_print 'tree 16 4 /tmp/compat/tree' 'tree: ok processes=16 threads=64'
fi
check '1000 children' does_print 'forks 1000' 'forks: ok n=1000'
check 'all slots come back' comes_true no_slots

# What Linux refuses, or does not know.
while IFS=: read -r versions errno call what; do
	[ "$versions" = any ] || [ "$versions" = "$version" ] || continue
	# shellcheck disable=SC2086 # words
	set -- $call
	check "$what" does_print "call $call" "call: $1 -$errno"
done << 'END'
any:38:77:an opcode that nobody knows
any:38:255:the opcode that is called unknown
v1:38:5:an opcode of version 2
v1:14:2 0x100000:arguments behind the buffer
v1:14:2 0xffff8:arguments that do not end in the buffer
v1:14:2 0xffffffffffffffff:arguments at the end of all addresses
v2:9:3 999:a descriptor that is not open
v2:2:2 @/nonexistent 0 0:a file that does not exist
v2:14:1 1 0x0 10:data at 0
v2:14:1 1 0x3fff0000 10:data that was not mirrored
v2:14:1 1 0x55550000 10:data of the shadow's part
v2:14:1 1 0xffff888000000000 10:data of Linux's kernel
v2:14:1 1 0xffffff8041fff000 10:data before the region
v2:14:1 1 0xffffff804a000000 10:data behind the region
v2:14:1 1 0xffffff8049fff000 0x2000:data that do not end in the region
v2:14:4 0xffffff804a000000:a path behind the region
v2:14:253 0x20000000 0x1000 0x4a000000 3:to mirror a page behind the region
v2:14:253 0x20000000 0x1000 0x41fff000 3:to mirror a page before the region
v2:14:253 0x7f0000000000 0x1000 0x43000000 3:to mirror a page to the shadow's part
v2:22:253 0x20000800 0x1000 0x43000000 3:to mirror to half a page
v2:14:254 0x3fff0000 0x100000000:to unmirror more than there is
END

check 'all slots come back once more' comes_true no_slots
check 'the peer stops' nimbosctl stop
check 'nothing is in use' balances 0
check 'its memory is given back' nimbosctl stop --unload
finish
