#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# calls_prototypes.sh: the prototypes of Linux's system calls, from a kernel's headers, as
# PROTOTYPE(name, "arguments"), an argument being p for a pointer, f for a descriptor,
# v for any other value.

set -euo pipefail

cd "$(dirname "$(readlink -f "$0")")/../.."
kdir=$(tests/vm/kernel.sh "${NIMBOS_PROTOTYPES:-bookworm}" kdir)
header=
for candidate in "$kdir" "${kdir%-*}-common"; do
	[ ! -f "$candidate/include/linux/syscalls.h" ] || header=$candidate/include/linux/syscalls.h
done
[ -n "$header" ] || { echo "calls_prototypes: no linux/syscalls.h beside '$kdir'" >&2; exit 1; }

tr '\n\t' '  ' < "$header" | grep -o 'asmlinkage long sys_[a-z0-9_]*([^;]*);' | awk '
{
	match($0, /sys_[a-z0-9_]*/)
	name = substr($0, RSTART + 4, RLENGTH - 4)
	list = substr($0, RSTART + RLENGTH + 1)
	sub(/\);.*/, "", list)
	kinds = ""
	n = list ~ /^ *(void)? *$/ ? 0 : split(list, args, ",")
	for (i = 1; i <= n; i++) {
		count = split(args[i], words, /[ *]+/)
		word = words[count] == "" ? words[count - 1] : words[count]
		if (args[i] ~ /\*|cap_user_/)
			kinds = kinds "p"
		else if (word ~ /^(.*fd|fildes|mqdes|fd_?(in|out))$/)
			kinds = kinds "f"
		else
			kinds = kinds "v"
	}
	print "PROTOTYPE(" name ", \"" kinds "\")"
}'
