#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: white space in C as clang-format wants it, by .clang-format
# Limit: 120
#
# Judged is where there is white space inside of lines, and where there is none. Where
# lines are broken and how they are aligned is left to people and to checkpatch, and so
# are braces and those operators that clang-format takes for something else in macros.

. tests/lint.sh

words()
{
	sed 's/\\$//' | tr -s '[:space:]' ' ' |
		sed -E 's/([(:]) /\1/g; s/ ([):])/\1/g; s/ ?([*&+-]) ?/\1/g; s/ ?([{}]) ?/\1/g; s/ \(\*/(*/g' |
		tr ' ' '\n'
}

compare()
{
	local file bad=0

	for file in "$@"; do
		clang-format --style=file "$file" > "$work/formatted" || return
		diff -U2 --label "$file" --label "$file as clang-format has it" \
			<(words < "$file") <(words < "$work/formatted") || bad=1
	done
	return "$bad"
}

# A trace header is a language of its own, made of macros.
mapfile -t files < <(sources '*.c' '*.h' ':!nimbos_mod/trace.h')
lint "${#files[@]} files" compare "${files[@]}"
tap_finish
