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

steps run
check 'doctor finds all well' healthy
steps upgrade
steps remove
check 'the packages and the module are gone' gone
finish
