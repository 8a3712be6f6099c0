#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: user interrupts between peers and workers, and between threads of Linux
# Limit: 4500
# Needs: [ -n "${NIMBOS_QEMU:-}" ] || make -s qemu-uintr
# Needs: tests/vm/kernel.sh bookworm-backports
# Debug: yes

set -euo pipefail

# Debian's QEMU has no user interrupts; that of tools/qemu-uintr has.
NIMBOS_QEMU=${NIMBOS_QEMU:-$(make -s qemu-uintr)}
export NIMBOS_QEMU
. tests/tap.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# in_guest NAME CPUS ARGUMENT...: with the kernel that NIMBOS_KERNEL says.
in_guest()
{
	tap_run "$1" tests/vm/run.sh "${loaded[@]}" "${library[@]}" --cpus "$2" \
		--append tsc=reliable --file tests/guest/results.sh:/test/ "${@:3}"
}

# fault CASE [OPTION]...: a guest of its own for what can go wrong.
fault()
{
	in_guest "$kernel, fault" "${cpus:-2}" "${test_modules[@]}" --file "$tests/uintr_fault:/test/" \
		--file "$tests/uintr_stress:/test/" "${@:2}" --timeout 400 "tests/guest/uintr-faults.sh $1"
}

# all_of_it KERNEL: what depends on the kernel and on the number of CPUs.
all_of_it()
{
	local kernel=$1 cpus samples mods

	export NIMBOS_KERNEL=$kernel
	. tests/guest.sh
	library=(--file build/tools/libnimbos.so.1:/usr/lib/x86_64-linux-gnu/
		--file "$tests/uintr_samples:/test/uintr_samples")
	samples=$(cd "$tests" && printf ' /test/%s' uintr_samples/*)
	mods=$(kmods)
	test_modules=(--file "$mods/uintr_witness.ko:/lib/nimbos/" --file "$mods/vector_hog.ko:/lib/nimbos/")
	# Shadows wait by user interrupts where there are any.
	in_guest "$kernel, killed workers" 2 --timeout 800 "$tests/kill"
	for cpus in 2 4; do
		in_guest "$kernel, $cpus CPUs" "$cpus" --timeout 900 "$tests"/{uintr_mod,uintr_api} \
			tests/guest/{steady,waiting}.sh "$tests/uintr_worker $amount" \
			"$tests/uintr_stress $amount" "$tests/repeat $((runs * 2 / cpus)) $samples"
		in_guest "$kernel, $cpus CPUs" "$cpus" "${test_modules[@]}" --timeout 900 \
			--setup 'insmod /lib/nimbos/uintr_witness.ko' "$tests/uintr_isolation"
	done
	cpus=2
	fault no-uintr --cpu max,-uintr
	# The debug kernel has none.
	[ "$kernel" = debug ] || fault pti --append pti=on
	fault owned
	fault left
	fault vectors
	fault linux
	cpus=4
	fault posts
}

if [ "${NIMBOS_KERNEL:-}" = debug ]; then
	kernels=(debug)
	amount=20000
	runs=20
else
	kernels=(bookworm bookworm-backports)
	amount=1000000
	runs=1000
fi
for kernel in "${kernels[@]}"; do
	all_of_it "$kernel"
done
if [ "${NIMBOS_KERNEL:-}" = debug ]; then
	tap_finish
	exit
fi

export NIMBOS_KERNEL=${kernels[0]}
. tests/guest.sh
tap_run 'the example of the documentation' tests/example.sh docs/user-interrupts.md "$work"
# shellcheck disable=SC2016 # expanded in the guest
in_guest 'the example runs' 2 --file "$work/example:/test/" --exec 'test "$(/test/example)" = "vector 5"'

# How fast it is.
library=()
build make -C tools/bench
build make -C tools/bench plugin QEMU="$NIMBOS_QEMU"
bench=(--file build/tools/nimbos-bench:/usr/bin/ --file build/peer/nimbos-v2.bin:/lib/nimbos/ --timeout 300)
# Its errors are shown if there are any; no progress, which is for terminals.
quietly='2> /tmp/said || { cat /tmp/said; false; }'

in_guest 'latency by stage' 3 "${bench[@]}" --exec "nimbos-bench stages $quietly"

NIMBOS_ACCEL=tcg,thread=single in_guest 'instructions are counted' 3 "${bench[@]}" \
	--qemu -plugin --qemu "$PWD/build/tools/nimbos-bench-plugin.so,out=$work/counts" \
	--exec "nimbos-bench count $quietly"
tap_run 'instructions per call' build/tools/nimbos-bench --counts "$work/counts" counted
tap_finish
