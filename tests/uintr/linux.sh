#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# linux.sh QEMU STOCK-QEMU: stock kernels on the QEMU with user interrupts. TAP:
# they boot with 1, 2 and 4 CPUs, not slower than on the QEMU without the patches, and
# a program built with -muintr works.
#
#   KERNELS  Debian suites [bookworm trixie]
#   PAIRS    paired boots for the ratio [5]

set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
vm=$here/../vm
out=${OUT:-$here/../../build/tests/uintr/linux}
qemu=${1:?usage: linux.sh QEMU STOCK-QEMU}
stock=${2:?usage: linux.sh QEMU STOCK-QEMU}
number=0 failed=0 program=0
mkdir -p "$out"

result()
{
	number=$((number + 1))
	[ "$1" = ok ] || failed=$((failed + 1))
	echo "$1 $number - $2"
}

# boot QEMU KERNEL CPUS: one boot to user space; prints how many CPUs the guest has.
boot()
{
	NIMBOS_QEMU=$1 "$vm/run.sh" --kernel "$2" --cpus "$3" --memory 512 --reserve none \
		--timeout 120 --log "$out/log" --exec 'grep -c ^processor /proc/cpuinfo'
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

for kernel in ${KERNELS:-bookworm trixie}; do
	for cpus in 1 2 4; do
		if answer=$(boot "$qemu" "$kernel" "$cpus") && [ "${answer%%$'\n'*}" = "$cpus" ] &&
			! grep -E 'WARNING|xstate size|No fixed offset' "$out/log/console.log"; then
			result ok "$kernel boots with $cpus CPUs"
		else
			result 'not ok' "$kernel boots with $cpus CPUs"
		fi
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
ratio=$(median "${ratios[@]}")
if awk -v r="$ratio" 'BEGIN { exit !(r <= 1.05) }'; then
	result ok "boot time is $ratio of that without the patches"
else
	result 'not ok' "boot time is $ratio of that without the patches, more than 1.05"
fi

for file in Kbuild uintr_test.c uintr_test.h; do
	ln -sf "$here/linux/$file" "$out/$file"
done
make -s -C "$("$vm/kernel.sh" bookworm kdir)" M="$out" modules > "$out/make.log" 2>&1 ||
	{ cat "$out/make.log" >&2; exit 1; }
gcc -O2 -Wall -Wextra -Werror -muintr -pthread -o "$out/muintr" "$here/linux/muintr.c"
while IFS= read -r line; do
	case "$line" in
	'ok '* | 'not ok '*)
		[[ $line =~ ^(ok|not\ ok)\ [0-9]+\ -\ (.*)$ ]]
		program=$((program + 1))
		result "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
		;;
	'#'*) echo "$line" ;;
	esac
done < <(NIMBOS_QEMU=$qemu "$vm/run.sh" --reserve none --module "$out/uintr_test.ko" \
	--timeout 300 --log "$out/log" "$out/muintr" || true)
[ "$program" = 4 ] || result 'not ok' "the program with -muintr did not run to its end"

echo "1..$number"
echo "$((number - failed)) passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
