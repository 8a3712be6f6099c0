#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# export.sh TREE BASE: rewrites patches/ from the commits BASE..HEAD of a git
# tree of QEMU, in a form that does not change when nothing has changed.

set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
tree=${1:?usage: export.sh TREE BASE}
base=${2:?usage: export.sh TREE BASE}

rm -f "$here"/patches/*.patch
git -C "$tree" format-patch -q -N --zero-commit --no-signature --no-stat \
	-o "$here/patches" "$base"
# Who wrote them and when is in the history of this repository.
sed -i '1,/^$/{/^From: /d;/^Date: /d}' "$here"/patches/*.patch
