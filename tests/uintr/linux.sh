#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# linux.sh QEMU STOCK-QEMU: stock kernels on the QEMU with user interrupts. TAP:
# they boot with 1, 2 and 4 CPUs, not slower than on the QEMU without the patches, and
# a program built with -muintr works.
#
#   KERNELS  Debian suites whose kernels boot [bookworm trixie]
#   MODULES  those for whose kernels the test module is built, with tools that run on
#            Debian 12, too [bookworm bookworm-backports]
#   PAIRS    paired boots for the ratio; 0 for none [5]

set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/tap.sh
. "$here/../tap.sh"
vm=$here/../vm
out=${OUT:-$here/../../build/tests/uintr/linux}
qemu=${1:?usage: linux.sh QEMU STOCK-QEMU}
stock=${2:?usage: linux.sh QEMU STOCK-QEMU}
mkdir -p "$out"

# boot QEMU KERNEL CPUS: one boot to user space, with SMAP; prints how many CPUs the guest has.
boot()
{
	NIMBOS_QEMU=$1 "$vm/run.sh" --kernel "$2" --cpus "$3" --memory 512 --reserve none \
		--timeout 120 --log "$out/log" \
		--exec 'grep -qw smap /proc/cpuinfo && grep -c ^processor /proc/cpuinfo'
}

# boots KERNEL CPUS: all of them come, and the kernel finds nothing odd.
boots()
{
	local answer

	answer=$(boot "$qemu" "$1" "$2") || return 1
	[ "${answer%%$'\n'*}" = "$2" ] || return 1
	! grep -E 'WARNING|xstate size|No fixed offset' "$out/log/console.log"
}

# cpu_seconds QEMU: what one boot takes of the host's processor. The clock on the wall
# would count whatever else the host does.
cpu_seconds()
{
	QEMU=$1 TIMES=$out/times boot "$here/timed-qemu.sh" bookworm 1 > /dev/null
	sed -n 2p "$out/times" | tr 'ms' '  ' | awk '{ print $1 * 60 + $2 + $3 * 60 + $4 }'
}

# median NUMBER...
median()
{
	printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"
}

# check DESCRIPTION COMMAND...
check()
{
	if "${@:2}"; then
		tap_result ok "$1"
	else
		tap_result 'not ok' "$1"
	fi
}

# test_module SUITE: builds it in a directory of that kernel's.
test_module()
{
	local dir=$out/$1 file

	mkdir -p "$dir"
	for file in Kbuild uintr_test.c uintr_test.h; do
		ln -sf "$here/linux/$file" "$dir/$file"
	done
	make -s -C "$("$vm/kernel.sh" "$1" kdir)" M="$dir" modules > "$dir/make.log" 2>&1 ||
		{ cat "$dir/make.log" >&2; exit 1; }
}

tap_begin boot
for kernel in ${KERNELS:-bookworm trixie}; do
	for cpus in 1 2 4; do
		check "$kernel boots with $cpus CPUs" boots "$kernel" "$cpus"
	done
done

# Pairs, so that what the host's caches and clock do meets both alike.
ratios=()
for ((i = 0; i < ${PAIRS:-5}; i++)); do
	ours=$(cpu_seconds "$qemu")
	theirs=$(cpu_seconds "$stock")
	ratios+=("$(awk -v a="$ours" -v b="$theirs" 'BEGIN { printf "%.3f", a / b }')")
	echo "# boot: $ours s, without the patches $theirs s"
done
if [ "${#ratios[@]}" -gt 0 ]; then
	ratio=$(median "${ratios[@]}")
	check "boot time is $ratio of that without the patches, 1.05 at most" \
		awk -v r="$ratio" 'BEGIN { exit !(r <= 1.05) }'
fi

gcc -O2 -Wall -Wextra -Werror -muintr -pthread -o "$out/muintr" "$here/linux/muintr.c"
for kernel in ${MODULES:-bookworm bookworm-backports}; do
	test_module "$kernel"
	NIMBOS_QEMU=$qemu tap_run "$kernel" "$vm/run.sh" --kernel "$kernel" --reserve none \
		--module "$out/$kernel/uintr_test.ko" --timeout 300 --log "$out/log" "$out/muintr"
done
tap_finish
