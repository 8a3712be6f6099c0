#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: whatever can be wrong with a start or a stop is one clear line, and changes nothing
# Limit: 900

set -euo pipefail

. tests/guest.sh
. tests/tap.sh

scripts=(--file tests/guest/results.sh:/test/ --file tests/guest/refusals.sh:/test/ --timeout 300)
tap_run '2 CPUs' tests/vm/run.sh "${guest[@]}" "${scripts[@]}" tests/guest/faults.sh
tap_run '1 CPU' tests/vm/run.sh "${loaded[@]}" --cpus 1 "${scripts[@]}" tests/guest/one-cpu.sh
tap_run 'no reserved memory' tests/vm/run.sh "${loaded[@]}" --reserve none "${scripts[@]}" \
	tests/guest/no-memory.sh
tap_finish
