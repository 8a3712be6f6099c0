#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# completion.sh DIRECTORY: what bash completes for the programs in DIRECTORY, with what is installed
# for it. Prints TAP.

set -euo pipefail

cd "$(dirname "$(readlink -f "$0")")/../.."
. tests/tap.sh
. tools/completion/nimbosctl
tap_begin completion
PATH=$(readlink -f "${1:?usage: completion.sh DIRECTORY}"):$PATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# ask LINE: what bash would offer at its end, sorted and in one line.
ask()
{
	local function

	# As readline splits a line.
	mapfile -t COMP_WORDS < <(sed 's/=/ = /g; s/  */ /g' <<< "$1" | tr ' ' '\n')
	[ "${#COMP_WORDS[@]}" = 1 ] || [ -n "${COMP_WORDS[-1]}" ] || [[ $1 != *= ]] ||
		unset 'COMP_WORDS[-1]'
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	function=$(complete -p "${COMP_WORDS[0]}" | sed 's/.*-F \([^ ]*\) .*/\1/')
	"$function" "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" \
		"${COMP_WORDS[COMP_CWORD - 1]}" > /dev/null || true
	printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort | tr '\n' ' ' | sed 's/ *$//'
}

# offers LINE ANSWER
offers()
{
	local answer

	answer=$(ask "$1")
	if [ "$answer" = "$2" ]; then
		tap_result ok "'$1'"
	else
		tap_result 'not ok' "'$1'"
		echo "# '$2' was expected, bash offers '$answer'"
	fi
}

offers 'nimbosctl st' 'start stats status stop'
offers 'nimbosctl ' 'console doctor dump help list metrics restart run serve start stats status stop top trace'
offers 'nimbosctl help re' 'restart'
offers 'nimbosctl --d' '--device='
offers 'nimbosctl -j co' 'console'
offers 'nimbosctl --device=/dev/null sto' 'stop'
offers 'nimbosctl start --p' '--peer= --private='
offers 'nimbosctl start --backend=' 'auto native rvm'
offers 'nimbosctl start --backend=na' 'native'
offers 'nimbosctl start -B r' 'rvm'
offers 'nimbosctl restart --legacy=v2' 'v2 v2-early'
offers 'nimbosctl stop --' '--help --json --peer= --unload'
offers 'nimbosctl stop ' ''
offers 'nimbosctl list --' '--help --json'
offers 'nimbosctl trace --c' '--calls= --count'
offers 'nimbosctl trace --count ' 'run'
offers 'nimbosctl trace --calls=pread' 'pread64 preadv preadv2'
offers 'nimbosctl stats -e lseek,fchmod' 'lseek,fchmod lseek,fchmodat lseek,fchmodat2'
offers 'nimbosctl trace -- run --w' '--wait= --window-va= --window='
offers 'nimbosctl run --wait=u' 'uintr'
offers 'nimbosctl no-such --x' ''
offers 'nimbos-shadow --le' '--legacy'
offers 'nimbos-shadow --wait=' 'auto irq poll uintr'
offers 'nimbos-shadow -p 7' '7'
_nimbos_directory=$work
offers 'nimbosctl serve ' ''
touch "$work/robot.conf" "$work/rover.conf" "$work/drill.conf" "$work/notes"
offers 'nimbosctl serve ' 'drill robot rover'
offers 'nimbosctl serve -j ro' 'robot rover'
offers 'nimbosctl serve --' '--help --json'
offers 'nimbos-shadow --config=ro' 'robot rover'
offers 'nimbosctl run -c ' 'drill robot rover'
rm "$work"/*
mkdir "$work/directory"
touch "$work/image"
offers "nimbosctl start --image=$work/i" "$work/image"
offers "nimbosctl dump -o $work/d" "$work/directory"
offers "nimbosctl doctor --root=$work/" "$work/directory"

# All options of all commands, as the programs have them.
for command in $(nimbosctl help | sed -n 's/^  \([a-z]\{1,\}\)  *[a-z].*/\1/p'); do
	offers "nimbosctl $command --" "$(nimbosctl help "$command" |
		grep -o '^  *\(-[a-zA-Z], \)\?--[a-z-]*=\?' | grep -o -- '--.*' | LC_ALL=C sort |
		tr '\n' ' ' | sed 's/ $//')"
done
tap_finish
