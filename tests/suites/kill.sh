#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: shadows that are killed in the middle of calls, 1,000 times
# Limit: 900
# Debug: yes

set -euo pipefail

. tests/guest.sh
exec tests/vm/run.sh "${loaded[@]}" --timeout 800 "$tests/kill"
