#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: a program that is a peer, on this machine, works through a real nimbos-shadow
# Limit: 300

set -euo pipefail

. tests/tap.sh
make -s -C tools
export NIMBOS_SHADOW=$PWD/build/tools/nimbos-shadow CMOCKA_MESSAGE_OUTPUT=TAP

for sanitize in '' address,undefined thread; do
	make -s -C tests/sim SANITIZE="$sanitize"
	for program in build/tests/sim${sanitize:+-${sanitize/,/-}}/test_{client,work,faults}; do
		tap_begin "$(basename "$program")${sanitize:+ $sanitize}"
		while IFS= read -r line; do
			tap_line "$line"
		done < <("$program" 2>&1 || echo "not ok - exit status $?")
		tap_end 0
	done
done
tap_finish
