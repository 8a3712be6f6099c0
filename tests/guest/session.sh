#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# session.sh PAGE: what a page of the documentation shows of a session is so. In its blocks of
# ```console a line that begins with "$ " is a command, and the lines after it are what it prints.

# shellcheck source=tests/guest/results.sh
. /test/results.sh
page=$1
cd "$(dirname "$page")" || exit

# execute: the last one that was read, if any, prints what was read since.
execute()
{
	# shellcheck disable=SC2086 # several words
	[ -z "$command" ] || prints "$command" 0 "$wanted" \
		sh -c "$(echo "$command" | sed "s/^sudo //; s/nimbosctl start/& $patient/")"
	command=
	wanted=
}

inside=
execute
while IFS= read -r line; do
	case "$inside$line" in
	'```console') inside='>' ;;
	'>```') execute; inside= ;;
	'>$ '*) execute; command=${line#??} ;;
	'>'*) wanted=${wanted:+$wanted
}$line ;;
	esac
done < "$page"
[ "$results" -gt 0 ] || { echo "$page shows no session"; exit 1; }
finish
