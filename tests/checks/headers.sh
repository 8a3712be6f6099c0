#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: public headers compile alone in C, C++ and without a C library
# Limit: 60

. tests/lint.sh

# header DESCRIPTION FILE COMPILER...: included twice, and by itself.
header()
{
	local file=$2 what="${2#./}, $1"

	shift 2
	printf '#include "%s"\n#include "%s"\n' "$PWD/$file" "$PWD/$file" > "$work/source"
	lint "$what" "$@" -Wall -Wextra -Werror -Iuapi -Itools/lib -c -o /dev/null "$work/source"
}

mapfile -t files < <(sources 'uapi/linux/*.h')
for file in "${files[@]}"; do
	header 'gnu11' "$file" gcc -std=gnu11 -x c
	header 'c11, freestanding' "$file" gcc -std=c11 -ffreestanding -Wpedantic -x c
	header 'clang' "$file" clang -std=gnu11 -x c
	header 'C++' "$file" g++ -std=c++17 -x c++
	header 'clang C++' "$file" clang++ -std=c++17 -x c++
done
for file in tools/lib/nimbos/{nimbos,uintr}.h peer/lib/nimbos_client.h; do
	header 'gnu11' "$file" gcc -std=gnu11 -Ipeer/lib -x c
	header 'C++' "$file" g++ -std=c++17 -Ipeer/lib -x c++
done
tap_finish
