#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# To be sourced in the top directory, after guest.sh and tap.sh: guests with peers from before SCF
# version 3, which know no other serial port than the first.

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
standin=$(kmods)/rvm_standin.ko
# shellcheck disable=SC2154 # by guest.sh
legacy=("${loaded[@]}" --file "$tests/legacy_image.bin:/lib/nimbos/" --file "$standin:/lib/nimbos/")
images=(--file build/peer/nimbos-hello.elf:/lib/nimbos/)
for image in v1 v2 v2-early v2-many v2-uintr; do
	images+=(--file "build/peer/nimbos-$image.bin:/lib/nimbos/")
done
# The third CPU is for a shadow that polls, which version 1 wants.
# shellcheck disable=SC2034 # for who sources this
standin_on_1=(--setup 'insmod /lib/nimbos/rvm_standin.ko')
# shellcheck disable=SC2034
standin_on_2=(--cpus 3 --setup 'insmod /lib/nimbos/rvm_standin.ko cpu=2')

# peers NAME OPTION... PROGRAM...: each time that the first process has ended, a peer must have as
# much memory as in the beginning.
peers()
{
	tap_run "$1" tests/vm/run.sh "${legacy[@]}" "${images[@]}" --peer-com1 --log "$work" \
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
