#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# To be sourced by what a guest was booted for: prints TAP, and tap_finish is the last.

here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=tests/tap.sh
. "$here/tap.sh"
tap_begin guest

# steps NAME: the blocks of that name.
steps()
{
	tap_run "$1" bash "$here/steps.sh" "$1"
}
