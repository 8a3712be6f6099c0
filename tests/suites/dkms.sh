#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: DKMS adds, builds, installs and removes the module; a guest loads that one
# Limit: 480

set -euo pipefail

. tests/tap.sh
PATH=$PATH:/usr/sbin:/sbin
tap_begin dkms
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
parts=$(tests/vm/kernel.sh)
eval "$parts"
: "${release:?}" "${kdir:?}" "${modules:?}"
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
tree=$work/lib/modules/$release
built=$work/var/nimbos/$version

mkdir -p "$work/var" "$tree"
cp "$modules"/modules.{builtin,builtin.modinfo,order} "$tree"

# What DKMS does to a system it does to $work. It runs depmod for the system's own
# modules only, so that is done here.
dkms=(dkms --sourcetree "$work/usr/src" --dkmstree "$work/var" --installtree "$work/lib/modules"
	--kernelsourcedir "$kdir" -k "$release" -a x86_64 --no-depmod)

check()
{
	local what=$1 status=0

	shift
	"$@" > "$work/output" 2>&1 || status=$?
	if [ "$status" = 0 ]; then
		tap_result ok "$what"
	else
		tap_result 'not ok' "$what: exit status $status"
		sed 's/^/# | /' "$work/output"
		[ ! -e "$built/build/make.log" ] || sed 's/^/# make: /' "$built/build/make.log"
	fi
}

state()
{
	"${dkms[@]}" status "nimbos/$version" | grep -o '[a-z]*$'
}

is_state()
{
	[ "$(state)" = "$1" ] || { state; return 1; }
}

installed()
{
	find "$tree" -name 'nimbos.ko*' | grep .
}

refused()
{
	cp -rs "$kdir" "$work/kdir"
	rm "$work/kdir/.config"
	sed 's/^CONFIG_HOTPLUG_CPU=y/# CONFIG_HOTPLUG_CPU is not set/' "$kdir/.config" > "$work/kdir/.config"
	if "${dkms[@]}" build --kernelsourcedir "$work/kdir" --force "nimbos/$version" \
		> "$work/log" 2>&1; then
		echo 'it was not'
		return 1
	fi
	cat "$work/log"
	grep -q 'BUILD_EXCLUSIVE' "$work/log"
}

check 'the sources are installed' make -s dkms-source DESTDIR="$work"
check 'dkms add' "${dkms[@]}" add "nimbos/$version"
check 'it is known' is_state added
check 'a kernel without CPU hotplug is refused' refused
check 'dkms build' "${dkms[@]}" build "nimbos/$version"
check 'it is built' is_state built
check 'dkms install' "${dkms[@]}" install "nimbos/$version"
check 'it is installed' is_state installed
check 'its module is in the tree' installed
check 'make dkms-install does it again' \
	make -s dkms-install DESTDIR="$work" DKMS="${dkms[*]}"
check 'it is installed again' is_state installed

check 'depmod' depmod -b "$work" "$release"
check 'a guest loads it by modprobe' tests/vm/run.sh \
	--file "$(command -v modprobe):/usr/sbin/" --file "$tree:/lib/modules/$release" \
	--exec 'modprobe --show-depends nimbos && modprobe nimbos && test -c /dev/nimbos && modprobe -r nimbos && ! test -e /dev/nimbos'
cp "$work/output" "$work/guest"
check 'it was the one that DKMS built' grep "^insmod /lib/modules/$release/updates/dkms/nimbos.ko" \
	"$work/guest"

check 'dkms remove' "${dkms[@]}" remove "nimbos/$version"
check 'its module is gone from the tree' eval '! installed'
check 'it is not known any more' eval '! state'

tap_finish
