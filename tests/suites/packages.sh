#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: packages on fresh Debian 12 and 13: built, installed, and used as docs/install.md says
# Limit: 3600
# Default: no
#
# NIMBOS_DEBIAN names the suites to do it on. Wants root, for root directories.

set -euo pipefail

. tests/tap.sh
. tests/vm/cache.sh
tests/setup.sh packages
firmware=/usr/share/OVMF

# boots NAME SECONDS APPEND ERRAND [QEMU-ARGUMENT]...
boots()
{
	tap_run "$suite, $1" tests/packages/boot.sh "$directory" "${@:2}"
}

# command_line: what GRUB would give Linux, which takes one backslash away.
command_line()
{
	debugfs -R "dump /boot/grub/grub.cfg $directory/grub.cfg" "$directory/disk" 2> /dev/null
	sed -n '/^\tlinux\t/ { s/^\tlinux\t[^ ]* *//; s/\\\$/$/g; p; q }' "$directory/grub.cfg"
}

for suite in ${NIMBOS_DEBIAN:-bookworm trixie}; do
	directory=$PWD/build/packages/$suite
	tap_run "$suite" tests/debian.sh "$suite" tests/packages/build.sh
	tap_run "$suite" tests/packages/image.sh "$suite" "$cache/debian/$suite/root/nimbos/build/debian" \
		"$directory"
	boots 'first boot' 300 'root=/dev/vda ro' 'steps.sh reserve'
	given=$(command_line)

	# Secure Boot, with a key that is in the firmware's list.
	cp "$firmware/OVMF_VARS_4M.snakeoil.fd" "$directory/variables"
	boots 'Secure Boot' 600 "$given module.sig_enforce=1" secure-boot.sh -kernel "$directory/vmlinuz.signed" \
		-drive "if=pflash,format=raw,readonly=on,file=$firmware/OVMF_CODE_4M.fd" \
		-drive "if=pflash,format=raw,file=$directory/variables"
	boots 'second boot' 900 "$given" use.sh
	rm -rf "$directory"
done
tap_finish
