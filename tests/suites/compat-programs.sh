#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: programs and killed shadows of peers from before SCF version 3
# Limit: 3600
# Default: no

set -euo pipefail

. tests/guest.sh
. tests/tap.sh

standin=$(kmods)/rvm_standin.ko
legacy=("${loaded[@]}" --file "$tests/legacy_image.bin:/lib/nimbos/" --file "$standin:/lib/nimbos/")

# peers NAME OPTION... PROGRAM...: tests of peers that know no other serial port than the first. Each
# time that the first process has ended, a peer must have as much memory as in the beginning.
peers()
{
	tap_run "$1" tests/vm/run.sh "${legacy[@]}" --peer-com1 --log "$work" \
		--file build/peer/nimbos-hello.elf:/lib/nimbos/ \
		--file tests/guest/results.sh:/test/ --file tests/guest/legacy.sh:/test/ \
		"${@:2}"
	if awk '{ sub("\r$", "") }
		/^up: / { up = $2 }
		/^first process: / { ended++; bad += $(NF - 1) != up }
		END { exit bad || !ended }' "$work/peer.log"; then
		tap_result ok "$1: the peers have all their pages back"
	else
		tap_result 'not ok' "$1: the peers have all their pages back"
		grep -E '^(up|first process|panic): ' "$work/peer.log" | sed 's/^/# /'
	fi
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for image in v1 v2 v2-early v2-many; do
	legacy+=(--file "build/peer/nimbos-$image.bin:/lib/nimbos/")
done
programs=tests/guest/legacy-programs.sh
kill=tests/guest/legacy-kill.sh
# The third CPU is for a shadow that polls.
standin_on_2=(--cpus 3 --setup 'insmod /lib/nimbos/rvm_standin.ko cpu=2')
peers 'version 1' --cpus 3 --timeout 900 "$programs v1 native" "$kill v1 native"
peers 'version 1 by RVM1.5' "${standin_on_2[@]}" --timeout 900 "$programs v1 rvm"
peers 'version 2' --timeout 900 "$programs v2 native" "$programs v2-early native" \
	"$programs v2-many native" "$kill v2 native"
peers 'version 2 by RVM1.5' --setup 'insmod /lib/nimbos/rvm_standin.ko' --timeout 900 \
	"$programs v2 rvm" "$programs v2-many rvm"
tap_finish
