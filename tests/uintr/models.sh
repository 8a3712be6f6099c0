#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# models.sh QEMU: which CPU models have user interrupts, and with which accelerator. TAP.

set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/tap.sh
. "$here/../tap.sh"
qemu=${1:?usage: models.sh QEMU}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# check DESCRIPTION PATTERN COMMAND...: it ends, and says this.
check()
{
	local status=0

	timeout -k 5 300 "${@:3}" < /dev/null > "$work/output" 2>&1 || status=$?
	if [ "$status" = 1 ] && grep -qx "$2" "$work/output"; then
		tap_result ok "$1"
	else
		tap_result 'not ok' "$1"
		grep -v '^ok ' "$work/output" | sed 's/^/# /'
		echo "# exit status $status"
	fi
}

uintr=+uintr,+xsave,+xsavec,+xsaves

tap_begin models
check "qemu64,$uintr passes all cases" '# 0 of [0-9]* failed' \
	"$here/machine.sh" "$qemu" 2 x2apic=0 -cpu "qemu64,$uintr,+smep,+smap,+pku"
check 'qemu64 does without' '.*this processor has no user interrupts' \
	"$here/machine.sh" "$qemu" 2 x2apic=0 -cpu qemu64
check 'max,-uintr does without' '.*this processor has no user interrupts' \
	"$here/machine.sh" "$qemu" 2 x2apic=0 -cpu max,-uintr
check '+uintr is an error without TCG' ".*CPU feature 'uintr' is emulated by TCG only" \
	"$qemu" -nodefaults -display none -accel qtest -cpu qemu64,+uintr
tap_finish
