#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: loading and unloading the module, 100 cycles with a peer between
# Limit: 900
# Debug: yes

set -euo pipefail

. tests/guest.sh
exec tests/vm/run.sh "${guest[@]}" --timeout 800 "$tests/module"
