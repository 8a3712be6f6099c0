#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# In a guest: a peer, as docs/install.md says, up to the removal of all. Prints TAP.

# shellcheck source=tests/packages/guest/errand.sh
. "${0%/*}/errand.sh"

# Not only what fails: all that doctor looks at is as it should be.
healthy()
{
	sudo nimbosctl doctor && ! sudo nimbosctl doctor | grep -v '^ok'
}

gone()
{
	[ ! -e /usr/sbin/nimbosctl ] && ! dpkg -s nimbos-dkms && ! find /lib/modules -name 'nimbos.ko*' | grep .
}

# since: when the service began, and who it is.
since()
{
	systemctl show -p ActiveEnterTimestampMonotonic -p MainPID nimbos@demo
}

# upgraded: the service has not noticed.
upgraded()
{
	local before

	before=$(since) && [ -n "$before" ] && sudo apt-get install --reinstall ~/nimbos-tools_*.deb &&
		[ "$(since)" = "$before" ]
}

# A peer that nobody looks after keeps the package from being removed, and goes on.
kept()
{
	sudo systemctl stop nimbos@demo &&
		sudo nimbosctl start --image=/usr/lib/nimbos/nimbos-ref.bin || return
	sudo apt-get remove nimbos-tools 2>&1 | tee refused || true
	grep -F 'nimbosctl stop --peer=0 --unload' refused && dpkg -s nimbos-tools || return
	sudo nimbosctl run echo hello && sudo nimbosctl stop --unload && sudo apt-get install -f &&
		sudo systemctl start nimbos@demo
}

stopped()
{
	! systemctl is-active nimbos@demo && [ -e /dev/nimbos ] && [ "$(cat /sys/devices/system/cpu/online)" = 0-1 ]
}

steps run
tap_check 'doctor finds all well' healthy
steps service
tap_check 'an upgrade leaves the service alone' upgraded
steps upgrade
tap_check 'a peer that was started by hand keeps the tools' kept
steps remove
tap_check 'the packages and the module are gone' gone
tap_check 'the service and its peer are stopped, the CPU is back' stopped
tap_finish
