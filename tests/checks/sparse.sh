#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: address spaces, locks and types of the module, by sparse
# Limit: 120
# Needs: tests/vm/kernel.sh bookworm

. tests/lint.sh

# The kernel's build system counts sparse's warnings as none of its business.
module()
{
	local kdir

	kdir=$(tests/vm/kernel.sh bookworm kdir)
	# Whatever make is told by whoever runs this, what it does has to be seen.
	MAKEFLAGS='' make modules KDIR="$kdir" C=2 > "$work/log" 2>&1 || {
		cat "$work/log"
		return 1
	}
	grep -q '^  CHECK' "$work/log" || { echo 'sparse did not run'; return 1; }
	! grep -E 'nimbos_mod/.*(warning|error):' "$work/log"
}

mapfile -t files < <(sources 'peer/lib/*.c' 'tools/lib/*.c')
lint 'the module' module
# The rings and what goes with them, which kernels share; programs beyond are for the compiler.
lint "libraries of both sides, ${#files[@]} files" silent sparse -std=gnu11 -D_GNU_SOURCE -Iuapi \
	-Ipeer/lib -Itools/lib -Wno-decl "${files[@]}"
tap_finish
