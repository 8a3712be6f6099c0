#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: every file says in its first lines what its licence is
# Limit: 60

. tests/lint.sh

unmarked()
{
	local file bad=0

	while IFS= read -r file; do
		head -n 3 "$file" | grep -q 'SPDX-License-Identifier: ' || { echo "$file"; bad=1; }
	done
	return "$bad"
}

# COPYING is the licence itself, a Markdown file would show the line to its readers, what fuzzers have
# found out are random bytes, and these files of a Debian package have no comments.
lint 'SPDX-License-Identifier' unmarked < <(sources . ':!COPYING' ':!*.md' ':!*.patch' ':!tests/unit/corpus' \
	':!debian/changelog' ':!debian/copyright' ':!debian/source/format')
tap_finish
