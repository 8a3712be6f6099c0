#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# example.sh PAGE DIRECTORY: builds the program in a page of the documentation with the command that
# stands there, against what make install installs: PAGE has one block of C, and one line that
# begins with gcc and names example.c. DIRECTORY/example is the program then.

set -euo pipefail

cd "$(dirname "$(readlink -f "$0")")/.."
page=${1:?usage: example.sh PAGE DIRECTORY}
work=${2:?usage: example.sh PAGE DIRECTORY}

make -s -C tools install DESTDIR="$work/root" PREFIX=/usr > /dev/null
awk '/^```/ { inside = $0 == "```c"; next } inside' "$page" > "$work/example.c"
command=$(sed -n 's/^    \(gcc .*example\.c .*\)/\1/p' "$page")
cd "$work"
PKG_CONFIG_SYSROOT_DIR=$work/root PKG_CONFIG_PATH=$work/root/usr/lib/pkgconfig \
	sh -c "${command:?no command in $page}"
