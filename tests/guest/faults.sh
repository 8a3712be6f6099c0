#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Everything that can be wrong with a start and a stop, and peers that fail, on two CPUs.
# The module is not loaded yet.

# shellcheck source=tests/guest/results.sh
. /test/results.sh
# shellcheck source=tests/guest/refusals.sh
. /test/refusals.sh
mkdir -p /tmp/faults && cd /tmp/faults || exit

ctl_start()
{
	nimbosctl start --image=$image "$@"
}

refuses 'no module, start' - /dev/nimbos ctl_start
refuses 'no module, stop' - /dev/nimbos nimbosctl stop
check 'the module is loaded' insmod /lib/nimbos/nimbos.ko
refuses 'a user who may not open the device' - /dev/nimbos su nobody -c 'nimbosctl stop'
chgrp nogroup /dev/nimbos && chmod 660 /dev/nimbos
fault 'a user without the capability' EPERM 'peer 0' \
	su nobody -c "nimbosctl start --image=$image"
chgrp root /dev/nimbos

# Memory.
refuses 'a region that begins unaligned' EINVAL 0x3a001000+0x4000000 \
	ctl_start --region=0x3a001000+64M
fault 'a region that ends unaligned' EINVAL 0x3a000000+0x4001000 \
	ctl_start --region=0x3a000000+0x4001000
refuses 'a region that is too small' EINVAL 0x3a000000+0x200000 \
	ctl_start --region=0x3a000000+2M
fault 'a region that Linux uses' EADDRNOTAVAIL 0x20000000+0x4000000 \
	ctl_start --region=0x20000000+64M
refuses 'a region that begins in memory of Linux' EADDRNOTAVAIL 0x39e00000+0x4000000 \
	ctl_start --region=0x39e00000+64M
refuses 'a region that ends in memory of Linux' EADDRNOTAVAIL 0x49e00000+0x4000000 \
	ctl_start --region=0x49e00000+64M
refuses 'a region where a device is' EADDRNOTAVAIL 0xfec00000+0x400000 \
	ctl_start --region=0xfec00000+4M
fault 'a region above 4 GiB' ERANGE 0x100000000+0x4000000 \
	ctl_start --region=0x100000000+64M
refuses 'more private memory than there is' EINVAL 0x3a000000+0x4000000 \
	ctl_start --region=0x3a000000+64M --private=64M

# Images.
: > empty
truncate -s 65M large
fault 'no image' ENOENT "'nowhere'" nimbosctl start --image=nowhere
fault 'an empty image' ENODATA "'empty'" nimbosctl start --image=empty
fault 'an image that is too large' EFBIG "'large'" nimbosctl start --image=large
fault 'an image that is a directory' EISDIR "'/tmp'" nimbosctl start --image=/tmp
fault 'a command line that is too long' ENAMETOOLONG 'peer 0' \
	ctl_start --cmdline="$(seq -s ' ' 200)"

# CPUs.
fault 'a CPU that does not exist' ENODEV 'CPU 2:' ctl_start --cpu=2
refuses 'a CPU that no Linux could have' ENODEV 'CPU 4294967295:' ctl_start --cpu=4294967295
fault 'the boot CPU' EOPNOTSUPP 'CPU 0:' ctl_start --cpu=0
fault 'a peer that does not exist' ENXIO 'peer 8:' ctl_start --peer=8
fault 'stop of a peer that never ran' ENOTCONN 'peer 0:' nimbosctl stop
check 'after all this a peer works' works

# What another peer has, and starting and stopping twice.
check 'a peer starts in half of the memory' start --region=0x3a000000+128M
fault 'start twice' EALREADY 'peer 0:' ctl_start
fault 'a CPU that another peer has' EBUSY 'CPU 1:' \
	ctl_start --peer=1 --cpu=1 --region=0x42000000+128M
fault 'a region that another peer has' EADDRINUSE 0x41e00000+0x4000000 \
	ctl_start --peer=1 --region=0x41e00000+64M
fault 'the last CPU of Linux' EDEADLK 'CPU 0:' ctl_start --peer=1 --region=0x42000000+128M
check 'the peer that runs does not mind' is_state running
prints 'its programs do not, either' 42 '' nimbosctl run exit 42
check 'it stops' nimbosctl stop
refuses 'stop twice' ENOTCONN 'peer 0:' nimbosctl stop
refuses 'half of what it still has' EADDRINUSE 0x3a000000+0x4000000 \
	ctl_start --region=0x3a000000+64M
check 'its memory is given back' nimbosctl stop --unload
refuses 'giving it back twice' ENODATA 'peer 0:' nimbosctl stop --unload
check 'after this a peer works' works

# Peers that do not start.
fault 'a peer that never comes up' ETIMEDOUT 'within 1500 ms' \
	ctl_start --cmdline=test=never-up --timeout=1500
check 'after this a peer works' works
printf '\353\376' > mute
refuses 'an image that does nothing at all' ETIMEDOUT 'no sign of life within 300 ms' \
	nimbosctl start --image=mute --timeout=300
check 'after this a peer works' works
fault 'a peer that fails when it boots' EIO "'test=fail-at-boot'" \
	ctl_start --cmdline=test=fail-at-boot --timeout=60000
check 'after this a peer works' works

nimbosctl start --image=$image --cmdline=test=never-up --timeout=60000 2> starting &
starting=$!
check 'a start takes the CPU' comes_true has_cpus 0
kill $starting
wait $starting
check 'killed, it gives it back' comes_true has_cpus 0-1
check 'and the peer does not run' is_state stopped
check 'its memory is given back' nimbosctl stop --unload
check 'after this a peer works' works

# has_failed MESSAGE: the peer is said to have failed, and why.
has_failed()
{
	nimbosctl status
	nimbosctl status | grep -q '^peer 0: failed, CPU 1, ' &&
		nimbosctl status | grep -q "^  message  *$1"
}

makes_calls()
{
	grep 'client [^0]' /sys/kernel/debug/nimbos/peer0/slots
}

# ends_badly NAME PROGRAM HEARTBEAT MESSAGE: a peer that a program lets fail while another one makes calls.
ends_badly()
{
	check "a peer that $1 starts" start --heartbeat="$3"
	nimbosctl run stress 100000000 /tmp/faults > output 2>&1 &
	stress=$!
	check "a peer that $1: a program runs" comes_true makes_calls
	nimbosctl run "$2" > output.2 2>&1
	prints "a peer that $1: the status of who did it" 126 '' sh -c "exit $?"
	check "a peer that $1 has failed" comes_true has_failed "$4"
	wait $stress
	prints "a peer that $1: the status of its program" 126 '' sh -c "exit $?"
	refuses "a peer that $1: start without stop" EALREADY 'peer 0:' ctl_start
	nimbosctl run echo too late > output 2>&1
	prints "a peer that $1: a program that is too late" 125 '' sh -c "exit $?"
	check "a peer that $1: Linux does not get its CPU by itself" has_cpus 0
	check "a peer that $1 stops" nimbosctl stop --unload
	check "a peer that $1: Linux has its CPU" has_cpus 0-1
	check "a peer that $1: after this a peer works" works
}

ends_badly panics panic 60000 'a program asked for it'
ends_badly hangs hang 10000 'its heartbeat has stood still for'

check 'each fault has an errno of its own' all_differ errnos
check 'no interrupt is in use' is_account irqnums 0
finish
