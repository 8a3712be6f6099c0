#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# build.sh: for tests/debian.sh: builds the packages into build/debian as a user without rights and
# network, twice, elsewhere and with another language, time zone and umask, and compares; then
# what lintian says of them. Prints TAP.

set -euo pipefail

. tests/tap.sh
export DEBIAN_FRONTEND=noninteractive
tap_begin build

prepare()
{
	apt-get -qq update && apt-get -qy install --no-install-recommends build-essential lintian &&
		apt-get -qy build-dep ./
}

# built DIRECTORY [NAME=VALUE]...: the packages, in a clone there.
built()
{
	local directory=$1

	shift
	git clone -q . "$directory" && chown -R nobody:nogroup "$directory" &&
		unshare --net setpriv --reuid=nobody --regid=nogroup --clear-groups \
			env -C "$directory" HOME=/nowhere "$@" make deb
}

same()
{
	local deb bad=0

	for deb in /tmp/here/build/debian/*.deb; do
		cmp "$deb" "/tmp/a-longer-way/elsewhere/build/debian/${deb##*/}" || bad=1
	done
	return "$bad"
}

# used: a program is made with the library's packages, and a kernel's part of what is there for it.
used()
{
	dpkg -i build/debian/libnimbos{1,-dev}_*.deb && (
		cd "$(mktemp -d)"
		printf '%s\n' '#include <nimbos/nimbos.h>' '#include <linux/nimbos.h>' \
			'int main(void) { return !nimbos_strerror(NIMBOS_IOC_QUERY, 22); }' > program.c
		# shellcheck disable=SC2046 # several words
		gcc -Wall -Werror -o program program.c $(pkg-config --cflags --libs libnimbos) &&
			./program && ldd program | grep libnimbos.so.1 &&
			gcc -ffreestanding -mno-red-zone -c /usr/share/nimbos/peer/lib/*.c
	) && dpkg --purge libnimbos1 libnimbos-dev
}

# Nothing that it says is allowed, but what is for information.
clean()
{
	lintian --fail-on error,warning build/debian/*.changes
}

tap_check 'what the packages want to be built is there' prepare
tap_check 'they are built by nobody, without network' built /tmp/here
tap_check 'and again, elsewhere' built /tmp/a-longer-way/elsewhere TZ=Pacific/Kiritimati LC_ALL=C.UTF-8
tap_check 'both are the same' same
rm -rf build/debian
mkdir -p build
cp -r /tmp/here/build/debian build/
tap_check 'lintian has no objection' clean
tap_check 'the library and what is for kernels can be compiled against' used
tap_finish
