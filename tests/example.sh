#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# example.sh PAGE DIRECTORY: builds in DIRECTORY the program in a page of the documentation, with the
# commands that stand there. A block that begins with ```LANGUAGE FILE is a part of that file, and
# indented lines that begin with gcc, ld or objcopy, and those indented further, are the commands, which
# find what make install installs, and in $NIMBOS the sources.

set -euo pipefail

cd "$(dirname "$(readlink -f "$0")")/.."
page=${1:?usage: example.sh PAGE DIRECTORY}
work=${2:?usage: example.sh PAGE DIRECTORY}

make -s -C tools install DESTDIR="$work/root" PREFIX=/usr > /dev/null
awk -v work="$work" '
	/^```/ { file = $1 != "```" ? $2 : ""; next }
	file { print > (work "/" file) }' "$page"
commands=$(grep -E '^    (gcc|ld|objcopy|   ) ' "$page") || true
: "${commands:?no command in $page}"
export NIMBOS=$PWD
cd "$work"
PKG_CONFIG_SYSROOT_DIR=$work/root PKG_CONFIG_PATH=$work/root/usr/lib/pkgconfig \
	sh -euc "$commands"
