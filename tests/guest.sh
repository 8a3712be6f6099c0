#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# To be sourced in the top directory: builds what a guest needs to run peers, and
# says in $guest how run.sh puts it there. The module is in the guest, not loaded.

# build TARGET...: quietly, unless it fails.
build()
{
	local log

	mkdir -p build
	log=$(mktemp build/log.XXXXXX)
	if ! "$@" > "$log" 2>&1; then
		tail -n 40 "$log" >&2
		rm -f "$log"
		echo "this failed: $*" >&2
		return 1
	fi
	rm -f "$log"
}

build make tools peer
build make -C tests/kselftest
module=$(tests/vm/module.sh)

# kmods: builds the test-only modules for the guest's kernel, and prints the directory that they are
# in. They use sources of nimbos.ko, which are linked beside them.
kmods()
{
	local kdir out

	kdir=$(tests/vm/kernel.sh "${NIMBOS_KERNEL:-bookworm}" kdir)
	out=$PWD/build/tests/kmod/$(tests/vm/kernel.sh "${NIMBOS_KERNEL:-bookworm}" release)
	mkdir -p "$out"
	ln -sf "$PWD"/tests/kmod/* "$PWD"/nimbos_mod/*.[chS] "$out"
	ln -sfn "$PWD/uapi" "$out/uapi"
	build make -C "$kdir" M="$out" modules
	echo "$out"
}

# shellcheck disable=SC2034 # for who sources this
guest=(
	--file "$module:/lib/nimbos/"
	--file build/peer/nimbos-ref.bin:/lib/nimbos/
	--file build/tools/nimbos-shadow:/usr/bin/
	--file build/tools/nimbosctl:/usr/bin/
)
# shellcheck disable=SC2034
loaded=("${guest[@]}" --setup 'insmod /lib/nimbos/nimbos.ko')
# shellcheck disable=SC2034
tests=build/tests/kselftest
