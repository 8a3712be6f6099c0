#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: shell scripts, by shellcheck
# Limit: 120

. tests/lint.sh

mapfile -t files < <(sources . | while IFS= read -r file; do
	if head -n 1 "$file" | grep -q '^#!/bin/\(ba\)\?sh'; then
		echo "$file"
	fi
done)
lint "${#files[@]} scripts" shellcheck -x "${files[@]}"
tap_finish
