#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: peers as services: heartbeats lost, 100 crashes in a row, services that are killed
# Limit: 1200
# Debug: yes

set -euo pipefail

. tests/guest.sh
exec tests/vm/run.sh "${loaded[@]}" --cpus 3 --timeout 1000 "$tests/service"
