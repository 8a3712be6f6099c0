#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# cases.sh QEMU [bochs]: the cases on this QEMU and its models, and on Bochs as an
# oracle, after which docs/qemu-uintr-cases.md is written. TAP.

set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/tap.sh
. "$here/../tap.sh"
top=$here/../..
out=$top/build/tests/uintr
qemu=${1:?usage: cases.sh QEMU [bochs]}
run=("$here/run.py" --image "$out/uintr.bin" --qemu "$qemu" --results "$out/results.json")

tap_run cases "${run[@]}" --table "$out/cases.md"
tap_run models "$here/models.sh" "$qemu"
case "${2:-}" in
bochs)
	bochs=$("$here/bochs.sh")
	tap_run oracle "${run[@]}" --bochs "$bochs" --table "$top/docs/qemu-uintr-cases.md"
	;;
'') ;;
*) echo "cases.sh: bochs is the only oracle, not '$2'" >&2; exit 2 ;;
esac
tap_finish
