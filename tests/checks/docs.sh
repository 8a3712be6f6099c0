#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: the documentation says what the sources say, and its links lead somewhere
# Limit: 120
# Needs: tests/vm/source.sh

. tests/lint.sh

linux=$(tests/vm/source.sh)

reference()
{
	docs/abi.py "$linux/scripts/kernel-doc" > "$work/abi.md" || return
	diff -U0 docs/abi.md "$work/abi.md" ||
		{ echo 'docs/abi.md is not what the headers say: make docs'; return 1; }
}

# anchors PAGE: those of its headings, as GitHub and GitLab make them.
anchors()
{
	awk '/^```/ { code = !code } !code && sub(/^#+ +/, "")' "$1" | tr '[:upper:]' '[:lower:]' |
		sed 's/[^a-z0-9 _-]//g; s/ /-/g'
}

# links PAGE: those that lead to files of ours, and places in them.
links()
{
	local target file anchor bad=0

	while IFS= read -r target; do
		file=${target%%#*}
		anchor=${target#"$file"}
		file=${file:+$(dirname "$1")/$file}
		file=${file:-$1}
		if [ ! -e "$file" ]; then
			echo "$1: there is no $target"
			bad=1
		elif [ -n "$anchor" ] && ! anchors "$file" | grep -qxF -- "${anchor#\#}"; then
			echo "$1: $file has no heading for $anchor"
			bad=1
		fi
	done < <(awk '/^```/ { code = !code } !code' "$1" | grep -o '](\([^)]*\))' |
		sed 's/^](//; s/)$//' | grep -v '^https\?:')
	return "$bad"
}

lint 'docs/abi.md is that of the headers' reference
mapfile -t code < <(sources 'nimbos_mod/*.c' 'tools/*.c' ':!tools/bench')
lint 'docs/troubleshooting.md has messages of the sources' tests/checks/messages.py \
	docs/troubleshooting.md "${code[@]}"
mapfile -t pictures < <(sources 'docs/*.svg')
for picture in "${pictures[@]}"; do
	lint "$picture can be read" tests/checks/picture.py "$picture"
done
mapfile -t pages < <(sources '*.md')
for page in "${pages[@]}"; do
	lint "$page: links" links "$page"
done
tap_finish
