#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: host unit tests of rings and argument checks, plain and under ASan, UBSan, TSan
# Limit: 1200

set -euo pipefail

. tests/tap.sh

# run NAME COMMAND...: one program that prints TAP.
run()
{
	local status=0 output
	tap_begin "$1"
	output=$(mktemp)
	CMOCKA_MESSAGE_OUTPUT=TAP "${@:2}" > "$output" 2>&1 || status=$?
	while IFS= read -r line; do
		tap_line "$line"
	done < "$output"
	rm -f "$output"
	tap_end "$status"
}

for sanitize in '' address,undefined thread; do
	run "build${sanitize:+ $sanitize}" make -s -C tests/unit SANITIZE="$sanitize"
	for program in $(make -s -C tests/unit list SANITIZE="$sanitize"); do
		run "$(basename "$program")${sanitize:+ $sanitize}" "$program"
	done
done

# The number of lines that a polled call moves is a property of the layout, and exact.
make -s -C tools/bench
lines=$(build/tools/nimbos-bench-lines | sed -n 's/.*1 in flight *//p')
tap_begin lines
if [ "$lines" = 2.000 ]; then
	tap_result ok "lines: a polled call moves two cache lines"
else
	tap_result 'not ok' "lines: a polled call moves ${lines:-?} cache lines instead of 2"
fi

run 'plot of the benchmark' tests/unit/plot.sh build/tools/nimbos-bench

run fuzz make -s -C tests/unit fuzz
run 'fuzz shared memory for 20 s' make -s -C tests/unit fuzz-run-fuzz_shared
run 'fuzz legacy queues and calls for 20 s' make -s -C tests/unit fuzz-run-fuzz_legacy
tap_finish
