#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# boot.sh DIRECTORY SECONDS APPEND ERRAND [QEMU-ARGUMENT]...: boots what image.sh has made, with APPEND
# on the kernel's command line, and runs ERRAND there as its user, which is a script of guest/ with
# its arguments. What it prints is printed; what it changes stays on the disk.

set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
top=$(dirname "$(dirname "$here")")
usage='usage: boot.sh DIRECTORY SECONDS APPEND ERRAND [QEMU-ARGUMENT]...'
directory=${1:?$usage}
limit=${2:?$usage}
append=${3?$usage}
errand=${4:?$usage}
shift 4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir "$work/errand"
cp "$here"/guest/* "$top/tests/tap.sh" "$work/errand/"
"$here/blocks.sh" "$top/docs/install.md" "$work/errand"
printf 'bash /run/errand/%s\necho errand done\n' "$errand" > "$work/errand/run.sh"
tar -cf "$work/tar" -C "$work/errand" .

# shellcheck disable=SC2054 # commas inside of arguments
arguments=(
	-no-user-config -nodefaults -display none -no-reboot
	-machine pc -accel tcg,thread=multi -cpu max -smp 2 -m 2048
	-serial "file:$directory/console.log" -serial "file:$directory/peer.log"
	-drive "file=$directory/disk,if=virtio,format=raw"
	-drive "file=$work/tar,if=virtio,format=raw,readonly=on"
	-device virtio-serial -chardev file,id=report,path=/dev/stdout
	-device virtserialport,chardev=report,name=report
	-kernel "$directory/vmlinuz" -initrd "$directory/initrd"
	-append "console=ttyS0,115200 panic=-1 no_timer_check tsc=reliable random.trust_cpu=on $append"
)
status=0
timeout -k 5 "$limit" "${NIMBOS_QEMU:-qemu-system-x86_64}" "${arguments[@]}" "$@" < /dev/null \
	2> "$work/qemu.log" | tee "$work/report" | grep -vx 'errand done' || status=${PIPESTATUS[0]}
if [ "$status" != 0 ] || ! grep -qx 'errand done' "$work/report"; then
	echo "boot.sh: the guest did not end by itself within $limit s (status $status); its console:"
	cat "$work/qemu.log"
	tail -n 60 "$directory/console.log"
	exit 1
fi
