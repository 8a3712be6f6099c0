#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# To be sourced by what a guest was booted for: prints TAP, and finish is the last.

here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=tests/tap.sh
. "$here/tap.sh"
output=$(mktemp)
tap_begin guest

# check DESCRIPTION COMMAND...: the command has to succeed; else what it printed is shown.
check()
{
	local what=$1

	shift
	if "$@" > "$output" 2>&1; then
		tap_result ok "$what"
	else
		tap_result 'not ok' "$what"
		sed 's/^/# | /' "$output"
	fi
}

# steps NAME: the blocks of that name.
steps()
{
	tap_run "$1" bash "$here/steps.sh" "$1"
}

finish()
{
	rm -f "$output"
	tap_finish
}
