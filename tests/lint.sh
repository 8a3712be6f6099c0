#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# To be sourced by the scripts in tests/checks, which print TAP: one result for each
# thing looked at, with what was found as comments.

set -euo pipefail

. tests/tap.sh
tap_begin "$(basename "$0" .sh)"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# sources PATTERN...: files of the project, also those not committed yet.
sources()
{
	git ls-files -z --cached --others --exclude-standard --deduplicate -- "$@" |
		while IFS= read -r -d '' file; do
			# deleted, and that not committed yet
			[ ! -e "$file" ] || printf '%s\n' "$file"
		done | LC_ALL=C sort
}

# lint DESCRIPTION COMMAND...: the command finds nothing and exits with 0.
lint()
{
	local what=$1 status=0

	shift
	"$@" > "$work/found" 2>&1 || status=$?
	if [ "$status" = 0 ]; then
		tap_result ok "$what"
	else
		tap_result 'not ok' "$what: exit status $status"
		head -n 400 "$work/found" | sed 's/^/# /'
	fi
}

# silent COMMAND...: for tools whose exit status does not tell: any output is a fault.
silent()
{
	local status=0

	"$@" > "$work/output" 2>&1 || status=$?
	cat "$work/output"
	[ "$status" = 0 ] && [ ! -s "$work/output" ]
}
