#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: 100,000 calls by interrupt while Linux moves the interrupts and a CPU comes and goes
# Limit: 900
# Debug: yes

set -euo pipefail

. tests/guest.sh
exec tests/vm/run.sh "${loaded[@]}" --cpus 3 --timeout 800 "$tests/route"
