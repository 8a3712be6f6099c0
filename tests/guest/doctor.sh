#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# nimbosctl doctor on a machine where peers can be started, and they can: on two CPUs. The machine is
# what it proposed where no memory was reserved.

# shellcheck source=tests/guest/results.sh
. /test/results.sh

# all_ok: nothing else is said.
all_ok()
{
	nimbosctl doctor > lines
	status=$?
	cat lines
	[ "$status" = 0 ] && [ -s lines ] && ! grep -v '^ok ' lines
}

prints 'the module is not loaded' 1 '*fail     module        there is no nimbos.ko for *' \
	nimbosctl doctor
insmod /lib/nimbos/nimbos.ko
prints 'the device is for root' 0 '*warning  device        there is no group *' nimbosctl doctor
# As udev and sysusers do it.
echo 'nimbos:x:990:' >> /etc/group
chgrp nimbos /dev/nimbos
chmod 660 /dev/nimbos
check 'all is ok' all_ok
prints 'it is said in JSON' 0 '"verdict":"ok",' \
	sh -c "nimbosctl -j doctor | tr -d ' \t\n' | grep -o '\"verdict\":\"ok\",' | head -n 1"
check 'a peer starts' start
check 'its programs run' nimbosctl run echo hello
check 'all is ok while it runs' all_ok
check 'the peer has its CPU' grep '^ok  *cpus  *peer 0 has CPU 1$' lines
check 'it stops' nimbosctl stop --unload
prints 'one argument too many' 2 '' nimbosctl doctor now
finish
