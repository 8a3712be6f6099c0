#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# plot.sh BENCH: nimbos-bench draws what it has measured.

set -euo pipefail

bench=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
stages=(enqueue notify wake execute reply resume)

# result KEY WHAT MEDIAN: a line of results.
result()
{
	printf '"%s": { "what": "%s", "median": %s, "p99": %s, "runs": 9, "unit": "ns" }' \
		"$1" "$2" "$3" "$(($3 * 2))"
}

{
	printf '{ '
	result guest_irq 'a call by interrupt' 12345
	for stage in "${stages[@]}"; do
		printf ', '
		result "stage_irq_$stage" "stage: irq, $stage" 2000
	done
	printf ' }\n'
} > "$work/results.json"

# Of what is to be measured, some is missing, which its status says; the picture is of what there is.
"$bench" --json "$work/results.json" --plot "$work/plot.svg" table > "$work/table" || true
python3 -c '
import sys, xml.etree.ElementTree as tree
texts = {element.text.strip() for element in tree.parse(sys.argv[1]).iter() if element.text}
missing = {"a call by interrupt", "median", "99th of 100", "time, ns", "irq", *sys.argv[2:]} - texts
sys.exit(f"not in the picture: {missing}" if missing else 0)
' "$work/plot.svg" "${stages[@]}"

echo '{}' > "$work/empty.json"
if "$bench" --json "$work/empty.json" --plot "$work/none.svg" table > "$work/table" 2> "$work/errors"; then
	echo 'a picture of nothing was no error'
	exit 1
fi
grep 'holds no results' "$work/errors"
[ ! -e "$work/none.svg" ]
