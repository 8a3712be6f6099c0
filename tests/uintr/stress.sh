#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# stress.sh QEMU SENDS: so many sends between two CPUs, and guests that go on in another
# QEMU meanwhile. TAP.

set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/tap.sh
. "$here/../tap.sh"
qemu=${1:?usage: stress.sh QEMU SENDS}
sends=${2:?usage: stress.sh QEMU SENDS}

tap_run "$sends sends" "$here/guest.sh" "$qemu" 2 1800 "stress=$sends"
tap_run carried "$here/carry.py" "$qemu"
tap_finish
