#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: the reference peer's programs, one by one and at once, on two CPUs and on three
# Limit: 1200

set -euo pipefail

. tests/guest.sh
. tests/tap.sh

run=(tests/vm/run.sh "${loaded[@]}" --file tests/guest/results.sh:/test/ --timeout 400)
tap_run '2 CPUs' "${run[@]}" tests/guest/programs.sh
tap_run '3 CPUs' "${run[@]}" --cpus 3 tests/guest/{programs,two-peers}.sh
tap_finish
