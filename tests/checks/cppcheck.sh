#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: mistakes that cppcheck finds in C
# Limit: 300
# Needs: tests/vm/source.sh

. tests/lint.sh

# shellcheck disable=SC2054 # commas inside of options
options=(
	-q --std=c11 --platform=unix64 --enable=warning,performance,portability --inline-suppr
	--error-exitcode=1 --template='{file}:{line}: {severity}: {message} [{id}]'
	--suppress=missingIncludeSystem
	# Sums of pointers to void are an extension of GCC's that Linux is written in.
	--suppress=arithOperationsOnVoidPointer
	# Symbols of a linker script are the ends of one object.
	--suppress=comparePointers
	# It does not see an expression in READ_CR(), which ends with its value.
	--suppress=internalAstError:peer/ref/kernel_map.c
	# It takes x = y ?: x for x = x.
	--suppress=selfAssignment
	# NULL is a pointer in C as Linux has it, not a number.
	--suppress=varFuncNullUB
	-U__cplusplus
)
linux=$(tests/vm/source.sh)
# The kernel's loops look like calls without a semicolon.
cat > "$work/loops.h" <<'END'
void *any(const void *of);
#define list_for_each_entry(p, head, member) for (p = any(head); p; p = any(p))
#define list_for_each_entry_safe(p, n, head, member) for (p = any(head); n = any(p), p; p = n)
#define for_each_set_bit(bit, map, size) for (bit = 0; bit < (size); bit++)
#define for_each_clear_bit(bit, map, size) for (bit = 0; bit < (size); bit++)
#define for_each_cpu(cpu, mask) for (cpu = 0; cpu < 64; cpu++)
#define for_each_online_cpu(cpu) for (cpu = 0; cpu < 64; cpu++)
#define for_each_possible_cpu(cpu) for (cpu = 0; cpu < 64; cpu++)
END

mapfile -t files < <(sources 'nimbos_mod/*.c')
lint "the module, ${#files[@]} files" cppcheck "${options[@]}" --include="$work/loops.h" \
	-D__KERNEL__ -D__x86_64__ -Iuapi "${files[@]}"
mapfile -t files < <(sources 'tools/*.c' 'peer/*.c' 'tests/*.c' ':!tests/kselftest')
lint "user space, ${#files[@]} files" cppcheck "${options[@]}" -D__x86_64__ -Iuapi -Itools/lib \
	-Itools/common -Ipeer/lib -Ipeer/common -Ipeer/ref "${files[@]}"
# Macros of the harness use their arguments more than once, on ways that exclude each other.
mapfile -t files < <(sources 'tests/kselftest/*.c')
lint "tests for the guest, ${#files[@]} files" cppcheck "${options[@]}" -D__x86_64__ -Iuapi \
	-I"$linux/tools/testing/selftests" --suppress='*:*/kselftest*.h' --suppress=useClosedFile \
	"${files[@]}"
tap_finish
