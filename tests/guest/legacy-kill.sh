#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# legacy-kill.sh IMAGE BACKEND: shadows of a legacy peer are killed, one after the other. The peer must
# never wait for a lock that a dead one has, and go on with the next.

# shellcheck source=tests/guest/legacy.sh
. /test/legacy.sh
mkdir -p /tmp/kill && cd /tmp/kill || exit
# The module has some of its own where there are user interrupts.
irqnums=$(sed -n 's/^irqnums: used \([0-9]*\) .*/\1/p' /sys/kernel/debug/nimbos/pools)

begin()
{
	# Nobody may take for its own what the one before has written.
	: > output.txt
	nimbos-shadow --legacy < /dev/null > output.txt 2> errors.txt &
	shadow=$!
}

# What the shell says of the death of its own child is not wanted.
end()
{
	kill -9 $shadow
	wait $shadow 2> /dev/null
}

goes_on()
{
	begin
	comes_true [ -s output.txt ]
	status=$?
	end
	return $status
}

serves()
{
	for _ in $(seq 20000); do
		[ ! -s output.txt ] || return 0
		usleep 1000
	done
	return 1
}

# By turns, a shadow dies at any moment from its start on, and from when it has begun to serve.
served=0
waits=
hundred_deaths()
{
	for us in $(od -An -v -N200 -tu2 /dev/urandom); do
		begin
		if [ -n "$waits" ]; then
			serves || return 1
			us=$((us / 4)) waits=
		else
			waits=1
		fi
		usleep "$us"
		end
		[ ! -s output.txt ] || served=$((served + 1))
	done
	goes_on
}

have_served()
{
	echo "$served of 1000 shadows had served when they died"
	[ "$served" -ge 500 ]
}

check "$1 starts, by the backend $2" start_legacy "$1" "$2"
[ "$failures" = 0 ] || { finish; exit; }
shell_begin
echo 'beat 4' >&9
check 'its threads make requests' comes_true [ -s output.txt ]
exec 9>&-
end
for i in 1 2 3 4 5 6 7 8 9 10; do
	check "the peer goes on after $i hundred deaths" hundred_deaths
done
check 'many of them have served before' have_served
check 'all slots come back' comes_true no_slots
check 'the peer stops' nimbosctl stop
check 'nothing is in use' balances "$irqnums"
check 'its memory is given back' nimbosctl stop --unload
finish
