#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# blocks.sh PAGE DIRECTORY: makes files of a page's blocks. "```sh NAME" begins a block of commands,
# which becomes DIRECTORY/NAME/NN.sh; "```text" after it what they print, among other lines:
# DIRECTORY/NAME/NN.out. The other blocks are for readers.

set -euo pipefail

page=${1:?usage: blocks.sh PAGE DIRECTORY}
directory=${2:?usage: blocks.sh PAGE DIRECTORY}
sed -n 's/^```sh \([a-z]*\)$/\1/p' "$page" | sort -u | while IFS= read -r name; do
	mkdir -p "$directory/$name"
	awk -v files="$directory/$name" -v name="$name" '
		/^```/ && file { close(file); file = ""; next }
		/^```sh/ { wanted = $2 == name; n += wanted }
		/^```/ {
			file = "/dev/null"
			if (wanted && $1 ~ /sh$|text$/)
				file = sprintf("%s/%02d.%s", files, n, $1 ~ /sh$/ ? "sh" : "out")
			next
		}
		file { print > file }' "$page"
done
