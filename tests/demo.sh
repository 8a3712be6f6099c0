#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# demo.sh [INPUT]: in a guest, on a CPU that Linux has given up, the reference peer
# copies INPUT and does more through Linux. The last line says "demo: ok ...", or the
# exit status is 1.

set -euo pipefail

cd "$(dirname "$(readlink -f "$0")")/.."

fail()
{
	echo "demo: failed: $*" >&2
	exit 1
}

min_size=$((64 << 20))
input=${1:-}
if [ -z "$input" ]; then
	# Not so large that the copying takes long under emulation.
	input=$(find /usr /boot /opt /var/cache -xdev -type f -readable -size +$((min_size - 1))c \
		-size -256M -print -quit 2> /dev/null || true)
	[ -n "$input" ] || fail "this machine has no file of 64 to 256 MiB under /usr, /boot, /opt or" \
		"/var/cache; name one: make demo INPUT=FILE"
fi
if [ ! -f "$input" ] || [ ! -r "$input" ]; then
	fail "cannot read '$input': name a file by INPUT=FILE"
fi
size=$(stat -Lc %s "$input")
[ "$size" -ge "$min_size" ] || fail "'$input' has $size bytes, fewer than 64 MiB: name another by INPUT=FILE"
[ "$size" -le $((400 << 20)) ] || fail "'$input' has $size bytes, more than the guest's memory holds twice"

echo "demo: building"
. tests/guest.sh

echo "demo: booting a guest with 2 CPUs; the input is $input, $size bytes"
exec tests/vm/run.sh "${loaded[@]}" --file "$input:/demo/input" --file tests/demo-guest.sh:/demo/ \
	--timeout 150 --exec 'sh /demo/demo-guest.sh'
