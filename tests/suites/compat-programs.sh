#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: peers from before SCF version 3: what of suite compat is more there than fits in make test
# Limit: 3600
# Default: no

set -euo pipefail

. tests/guest.sh
. tests/tap.sh
. tests/peers.sh

programs=tests/guest/legacy-programs.sh
kill=tests/guest/legacy-kill.sh
peers 'version 1' --cpus 3 --timeout 900 "$kill v1 native"
peers 'version 1 by RVM1.5' "${standin_on_2[@]}" --timeout 900 "$kill v1 rvm"
peers 'early version 2' --timeout 900 "$programs v2-early native" "$kill v2-many native"
peers 'version 2 by RVM1.5' "${standin_on_1[@]}" --timeout 900 "$programs v2-early rvm" \
	"$kill v2 rvm"
tap_finish
