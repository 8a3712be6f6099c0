#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What an administrator does with a peer, beside starting and stopping it: on two CPUs.
# Leaves in /tmp/operate what is to be looked at by programs that a guest has not.

# shellcheck source=tests/guest/results.sh
. /test/results.sh
mkdir -p /tmp/operate && cd /tmp/operate || exit

region='--region=0x3a000000+64M'

# silent COMMAND...: succeeds, and says nothing that is not on standard output.
silent()
{
	if ! "$@" 2> said || [ -s said ]; then
		cat said
		return 1
	fi
}

restart()
{
	# shellcheck disable=SC2086 # several words
	nimbosctl restart --image=$image $patient
}

# has FILE TEXT N: so many lines of the file have the text.
has()
{
	cat "$1"
	[ "$(grep -c "$2" "$1")" = "$3" ]
}

# The dump has all of the region, and it begins with the image.
dumped()
{
	segment=$(od -An -t u8 -j 128 -N 8 dump | tr -d ' ')
	dd if=dump bs=4096 skip=$((segment / 4096)) count=1 of=first 2> dd.log
	dd if=$image bs=4096 count=1 of=wanted 2>> dd.log
	cmp first wanted && [ "$(stat -c %s dump)" = $((segment + (64 << 20))) ]
}

is_started()
{
	nimbosctl status | tee now | grep ", started $1 time"
}

prints 'no peer: list' 0 'no peer is loaded' nimbosctl list
prints 'no peer: list in JSON' 0 '\[\]' nimbosctl -j list
prints 'no peer: restart' 1 "*; use 'nimbosctl start'" \
	sh -c "nimbosctl restart --image=$image 2>&1"
prints 'no peer: dump' 1 '' nimbosctl dump --output=dump
prints 'no peer: console' 0 '' nimbosctl console
prints 'no such peer: console' 1 '' nimbosctl console --peer=8

check 'a peer starts, and nothing is said beside the answer' silent start $region
prints 'list' 0 "PEER  STATE    CPU   REGION                 MEMORY    SLOTS  MESSAGE
0     running  1     0x3a000000+0x04000000  reserved  0      " nimbosctl list
nimbosctl console --follow > followed &
follower=$!
nimbosctl console > written 2> err
check 'its console' grep ' nimbos reference peer, start 1, ' written
check 'its console in JSON' sh -c "nimbosctl console -j | grep '\"console\":.* reference peer, start 1, '"

check 'dump' silent nimbosctl dump --output=dump
check 'a dump has the memory' dumped
prints 'a dump is for its owner' 0 '-rw-------' sh -c "ls -l dump | cut -c 1-10"
head -c 4096 dump > dump.head

nimbosctl run echo hello > out
comes_true no_slots
nimbosctl metrics --output=metrics 2> err
result 'metrics' $?
nimbosctl metrics | grep -v heartbeat > piped
grep -v heartbeat metrics | cmp - piped > out 2> err
result 'metrics in a file and in a pipe are the same' $?
check 'no scratch file is left' sh -c '! ls metrics.*'
prints 'metrics into no directory' 1 '' nimbosctl metrics --output=nowhere/metrics

# What was not said stays as it was.
check 'restart' silent restart
check 'it is the second start' is_started 2
check 'it has the same memory' grep 'region  *0x3a000000+0x4000000, ' now
check 'it has the same CPU' is_state running
check 'its programs run' nimbosctl run echo again
check 'who follows the console sees the second start' comes_true has followed ' up: ' 2
kill $follower
prints 'restart with an image that is not there' 1 '' nimbosctl restart --image=nowhere
check 'the peer does not mind' is_started 2
check 'it runs' is_state running
restart > out 2> /dev/console
check 'on a terminal, it is the third start' is_started 3

# A start that fails takes nothing that was there before.
check 'the peer stops' nimbosctl stop
check 'restart of one that has stopped' restart
check 'it stops' nimbosctl stop
printf '\353\376' > mute
prints 'a start that fails' 1 '' nimbosctl start --image=mute --timeout=300 $region
check 'the memory stays with the peer' is_state stopped
check 'it can be looked at' grep 'region  *0x3a000000+0x4000000, ' state
check 'the memory is given back' nimbosctl stop --unload
prints 'a start that fails, of a peer that was offline' 1 '' \
	nimbosctl start --image=mute --timeout=300 $region
prints 'it is offline again' 0 'no peer is loaded' nimbosctl status
prints 'all its JSON is JSON' 0 '{"error":"peer 0: the peer does not run; *"}' \
	sh -c 'nimbosctl -j stop 2>&1; true'
finish
