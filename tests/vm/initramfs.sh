#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# initramfs.sh OUTPUT SOURCE:DESTINATION...: packs an initramfs of busybox,
# guest/init.c and the given files and directories; a destination that ends in
# a slash is a directory. The libraries that the given programs are linked with
# are found and packed too.

set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/vm/cache.sh
. "$here/cache.sh"

output=${1:?usage: initramfs.sh OUTPUT SOURCE:DESTINATION...}
shift
busybox=$(command -v busybox) || die "no busybox; run tests/setup.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

pack()
{
	(cd "$1" && find . -mindepth 1 | LC_ALL=C sort |
		cpio --quiet -o -H newc -R 0:0) > "$2"
}

# The part that every guest has, made once for a busybox and an init.
make_base()
{
	local root=$work/base

	mkdir -p "$root"/{bin,dev,etc,proc,root,run,sys,tmp,usr/bin,usr/sbin,sbin}
	gcc -O2 -static -Wall -Wextra -Werror -o "$root/init" "$here/guest/init.c" ||
		die "cannot build guest/init.c"
	cp "$busybox" "$root/bin/busybox"
	"$busybox" --list | while read -r applet; do
		[ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
	done
	printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n' > "$root/etc/passwd"
	printf 'root:x:0:\nnogroup:x:65534:\n' > "$root/etc/group"
	printf '127.0.0.1 localhost\n' > "$root/etc/hosts"
	pack "$root" "$1.new"
	mv "$1.new" "$1"
}

is_elf()
{
	[ "$(head -c 4 "$1" | tr -d '\0')" = $'\177ELF' ]
}

# What the dynamic linker loads for a program, the linker included.
libraries()
{
	ldd "$1" 2> /dev/null | sed -n 's/^[^/]*\(\/[^ ]*\) (0x.*/\1/p' || true
}

add()
{
	local source=$1 target=$work/root$2 file

	[ -e "$source" ] || die "no file $source"
	[ "${target%/}" = "$target" ] || target=$target$(basename "$source")
	mkdir -p "$(dirname "$target")"
	# Modules are not programs; a directory of thousands of them is only copied.
	if [ -d "$source" ]; then
		mkdir -p "$target"
		cp -r --preserve=mode,links "$source/." "$target"
		find "$source" -type f -perm -u+x ! -name '*.ko' > "$work/programs"
	else
		cp -L --preserve=mode "$source" "$target"
		echo "$source" > "$work/programs"
	fi
	while IFS= read -r file; do
		if is_elf "$file"; then
			libraries "$file" >> "$work/libraries"
		fi
	done < "$work/programs"
}

base=$cache/guest-$(cat "$busybox" "$here/guest/init.c" "$here/initramfs.sh" |
	sha256sum | cut -c 1-16).cpio
if [ ! -e "$base" ]; then
	lock_cache guest
	[ -e "$base" ] || make_base "$base"
fi

mkdir "$work/root"
: > "$work/libraries"
for arg in "$@"; do
	case "$arg" in
	?*:/*) add "${arg%:*}" "${arg##*:}" ;;
	*) die "'$arg' is not SOURCE:/DESTINATION" ;;
	esac
done
sort -u "$work/libraries" | while IFS= read -r library; do
	mkdir -p "$work/root$(dirname "$library")"
	cp -L "$library" "$work/root$library"
done
pack "$work/root" "$work/extra.cpio"
cat "$base" "$work/extra.cpio" > "$output"
