#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# steps.sh NAME: runs, where nimbos is installed, the blocks of this name that blocks.sh has put beside
# this file, each by a shell of its own. Prints TAP: a block has to succeed, and to print the
# lines that the page says it does.

directory=$(dirname "$0")/${1:?usage: steps.sh NAME}
out=$(mktemp)
results=0
failures=0
for block in "$directory"/*.sh; do
	results=$((results + 1))
	began=$SECONDS
	status=0
	timeout -k 5 600 bash -eu "$block" > "$out" 2>&1 < /dev/null || status=$?
	wrong=
	[ "$status" = 0 ] || wrong="exit status $status"
	if [ -e "${block%.sh}.out" ]; then
		while IFS= read -r line; do
			grep -qF -- "$line" "$out" || wrong="${wrong:+$wrong, }no line '$line'"
		done < "${block%.sh}.out"
	fi
	if [ -z "$wrong" ]; then
		echo "ok $results - $(head -n 1 "$block")"
	else
		failures=$((failures + 1))
		echo "not ok $results - $(head -n 1 "$block"): $wrong"
	fi
	echo "# $((SECONDS - began)) s"
	sed 's/^/# | /' "$out"
done
rm -f "$out"
echo "1..$results"
[ "$failures" = 0 ]
