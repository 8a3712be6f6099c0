#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: kernel coding style, by Linux's checkpatch.pl --strict
# Limit: 300
# Needs: tests/vm/source.sh

. tests/lint.sh

linux=$(tests/vm/source.sh)
common=(
	ENOSYS			# is what an unknown forwarded call is answered with
	LINE_SPACING		# assertions about a struct stand right under it
	EMBEDDED_FUNCTION_NAME	# a message may name a command that has a function's name
)
userspace=(
	# There are no such macros and types, or other ones, outside of the kernel:
	ARRAY_SIZE BIT_MACRO PREFER_DEFINED_ATTRIBUTE_MACRO PREFER_KERNEL_TYPES
	SSCANF_TO_KSTRTO STATIC_CONST_CHAR_ARRAY
	VOLATILE		# READ_ONCE() is made with it; devices and other CPUs are read by it
	AVOID_EXTERNS		# symbols of a linker script
	CAMELCASE		# _Static_assert, _Noreturn, names of libraries
	USE_NEGATIVE_ERRNO	# errno itself
	MACRO_ARG_REUSE		# sizes are constant expressions in C and C++, without ({ })
	SPLIT_STRING		# help texts
)
# What the harness of the self-tests makes of macros.
tests=("${userspace[@]}" COMPLEX_MACRO MACRO_ARG_PRECEDENCE
	MACRO_WITH_FLOW_CONTROL SPACING)
# Tables of calls made by macros that stand for one entry each.
tables=("${userspace[@]}" BRACKET_SPACE)
compat=(LINUX_VERSION_CODE CONSTANT_COMPARISON)		# what that header is for
trace=(OPEN_ENDED_LINE PARENTHESIS_ALIGNMENT)		# the kernel's own way to write those

# style DESCRIPTION "IGNORED..." FILE...
style()
{
	local what=$1 ignored="${common[*]} $2"

	shift 2
	[ $# -gt 0 ] || return 0
	lint "$what, $# files" perl "$linux/scripts/checkpatch.pl" --no-tree --strict --terse --quiet --no-summary \
		--show-types --max-line-length=100 --ignore "$(tr -s ' ' , <<< "$ignored")" -f "$@"
}

mapfile -t files < <(sources 'nimbos_mod/*.[chS]' ':!nimbos_mod/compat.h' ':!nimbos_mod/trace.h')
style 'the module' '' "${files[@]}"
style 'compat.h' "${compat[*]}" nimbos_mod/compat.h
style 'trace.h' "${trace[*]}" nimbos_mod/trace.h
mapfile -t files < <(sources 'uapi/*.h' 'peer/*.[chS]' 'tools/*.[chS]' ':!tools/shadow/calls.c' \
	':!tools/ctl/call_table.c')
style 'uapi, peer and tools' "${userspace[*]}" "${files[@]}"
style 'tables of calls' "${tables[*]}" tools/shadow/calls.c tools/ctl/call_table.c
mapfile -t files < <(sources 'tests/*.[chS]')
style 'tests' "${tests[*]}" "${files[@]}"
rm -f .checkpatch-camelcase.*	# what checkpatch remembers of a kernel's own names
tap_finish
