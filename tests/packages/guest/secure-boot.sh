#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# In a guest with Secure Boot, whose firmware trusts the key that the module was signed with: other
# modules are refused. Prints TAP.

# shellcheck source=tests/packages/guest/errand.sh
. "${0%/*}/errand.sh"
module=$(echo /lib/modules/*/updates/dkms/nimbos.ko*)

secure()
{
	[ "$(od -An -t u1 -j 4 /sys/firmware/efi/efivars/SecureBoot-*)" -eq 1 ] &&
		grep -F '[integrity]' /sys/kernel/security/lockdown
}

# without_signature DIRECTORY: puts the module there, decompressed, and written anew.
without_signature()
{
	mkdir "$1" || return
	if [ "${module##*.}" = xz ]; then
		xz -d < "$module" > "$1/nimbos.ko"
	else
		cp "$module" "$1"
	fi
	strip --strip-debug "$1/nimbos.ko" && ! grep -q 'Module signature appended' "$1/nimbos.ko"
}

# becomes FILE: is what modprobe will take.
becomes()
{
	[ ! -e /sys/module/nimbos ] || sudo modprobe -r nimbos || return
	sudo rm -f "${module%/*}"/nimbos.ko* && sudo cp "$1" "${module%/*}" && sudo depmod
}

tap_check 'Secure Boot is on' sudo bash -c "$(declare -f secure); secure"
steps trusted
tap_check 'there is a module without a signature' without_signature plain
tap_check 'the module is the one with the key that DKMS made' becomes "${module##*/}"
steps refused
tap_check 'the module is the one without a signature' becomes plain/nimbos.ko
steps refused
tap_finish
