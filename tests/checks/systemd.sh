#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: what systemd has to say of the files for it
# Limit: 300

. tests/lint.sh

if ! command -v systemd-analyze > /dev/null; then
	tap_result ok systemd 'systemd-analyze is not installed'
	tap_finish
	exit
fi
make -s tools > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }

# An instance of the unit, with the program that has been built.
sed "s|^ExecStart=|&$PWD/build/tools/|" tools/systemd/nimbos@.service > "$work/nimbos@.service"
lint 'nimbos@.service' silent systemd-analyze verify --man=no "$work/nimbos@.service"
# CTL_USAGE and CTL_PEER_FAILED.
lint 'nimbos@.service: what is not tried again' \
	grep -x 'RestartPreventExitStatus=2 3' "$work/nimbos@.service"

# made NAME COMMAND...: what comes of it is there, below a directory.
made()
{
	"${@:2}" && ls -d "$work/$1"
}

mkdir "$work/etc"
lint 'nimbos.sysusers' made etc/group systemd-sysusers --root="$work" \
	"$PWD/tools/systemd/nimbos.sysusers"
lint 'nimbos.sysusers: the group' grep '^nimbos:' "$work/etc/group"
lint 'nimbos.tmpfiles' made var/lib/nimbos systemd-tmpfiles --root="$work" --create \
	"$PWD/tools/systemd/nimbos.tmpfiles"
group=$(sed -n 's/^nimbos-shadow:[^:]*:\([0-9]*\):.*/\1/p' "$work/etc/group")
lint 'nimbos.tmpfiles: what programs leave' \
	test "$(stat -c '%a %u %g' "$work/var/lib/nimbos-shadow")" = "710 0 ${group:-none}"
tap_finish
