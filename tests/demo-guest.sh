#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What the demonstration does in the guest; the module is loaded.

fail()
{
	echo "demo: failed: $*"
	exit 1
}


nimbosctl start --image=/lib/nimbos/nimbos-ref.bin || fail "the peer did not start"
[ "$(cat /sys/devices/system/cpu/cpu1/online)" = 0 ] || fail "Linux still has CPU 1"

# A server in Linux that sends back what it receives.
nc -l -p 7007 -e cat &
server=$!
until netstat -ltn | grep -q :7007; do
	kill -0 "$server" || fail "the TCP server did not start"
done

{
	nimbosctl run demo /demo/input /tmp/copy /bin 127.0.0.1 7007
	echo $? > /tmp/status
} | tee /tmp/output
kill "$server" 2> /dev/null
[ "$(cat /tmp/status)" = 0 ] || fail "the peer's program ended with status $(cat /tmp/status)"
counts=$(sed -n 's/^demo: peer \(calls=[0-9]* bytes=[0-9]*\).*/\1/p' /tmp/output)
[ -n "$counts" ] || fail "the peer's program did not count its calls"

want=$(sha256sum < /demo/input)
have=$(sha256sum < /tmp/copy)
[ "$want" = "$have" ] || fail "SHA-256 of the input is ${want%% *}, of the copy ${have%% *}"

nimbosctl stop || fail "the peer did not stop"
[ "$(cat /sys/devices/system/cpu/cpu1/online)" = 1 ] || fail "CPU 1 did not come back"
taskset 2 sh -c 'sed "s/.*) //" /proc/$$/stat | cut -d " " -f 37' > /tmp/cpu
[ "$(cat /tmp/cpu)" = 1 ] || fail "a task that is bound to CPU 1 ran on CPU $(cat /tmp/cpu)"
echo "demo: CPU 1 is back in Linux and has run a task"

echo "demo: ok $counts sha256=${have%% *}"
