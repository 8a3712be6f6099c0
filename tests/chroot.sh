#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# chroot.sh ROOT COMMAND [ARGUMENT]...: runs a command in a root directory, as root, with what a
# system has mounted and a host name of its own. What is mounted is gone when the command ends.

set -euo pipefail

# shellcheck disable=SC2016 # for the inner shell, in whose namespace the mounts are
exec unshare --mount --pid --uts --fork --kill-child bash -euc '
	cd "$1"
	shift
	hostname guest
	mount -t proc proc proc
	mount -t sysfs sysfs sys
	mount --rbind /dev dev
	mount -t tmpfs tmpfs tmp
	exec env -i HOME=/root PATH="$PATH" TERM="${TERM:-dumb}" chroot . "$@"
' chroot.sh "$@"
