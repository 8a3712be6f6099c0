#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: for administrators: nimbosctl doctor, restart, console, dump, metrics, trace, stats, top
# Limit: 1800

set -euo pipefail

. tests/guest.sh
. tests/tap.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# installed: what make install puts beside the programs is of use there.
installed()
{
	local page

	make -s -C tools install DESTDIR="$work/root" PREFIX=/usr || return
	for page in man1/nimbos-shadow.1 man3/libnimbos.3 man4/nimbos.4 man5/nimbos.conf.5 \
		man8/nimbosctl.8; do
		mandoc "$work/root/usr/share/man/$page" | col -b | grep '^NAME' || return
	done
	# shellcheck disable=SC2016 # $1 is for bash
	bash -euc '. "$1" && complete -p nimbosctl nimbos-shadow' bash \
		"$work/root/usr/share/bash-completion/completions/nimbos-shadow"
}

tap_begin install
tap_check 'man pages and completion are installed' installed
tap_run completion tests/operate/completion.sh build/tools
tap_run doctor tests/operate/doctor.py build/tools/nimbosctl

# What it says where nothing is reserved is what the next guest gets.
tests/vm/run.sh "${guest[@]}" --reserve none --exec 'nimbosctl doctor' > "$work/doctor" 2>&1 || true
memmap=$(grep -o 'add memmap=[^ ]*' "$work/doctor" | head -n 1) || true
# shellcheck disable=SC2016 # expands in the guest
tap_run 'doctor in a guest' tests/vm/run.sh "${guest[@]}" --reserve none --append "${memmap#add }" \
	--file "$(tests/vm/kernel.sh "${NIMBOS_KERNEL:-bookworm}" kdir)/.config:/boot/config" \
	--setup 'mv /boot/config /boot/config-$(uname -r)' \
	--file tests/guest/results.sh:/test/ --timeout 120 tests/guest/doctor.sh

# Pages of 1 GiB are below 4 GiB if all memory is.
tap_run 'huge pages' tests/vm/run.sh "${loaded[@]}" --reserve none --memory 2560 \
	--append 'hugepagesz=1G hugepages=1' --file tests/guest/results.sh:/test/ \
	--file tests/guest/refusals.sh:/test/ --timeout 300 tests/guest/huge-pages.sh

mkdir "$work/trace"
tap_run 'trace in a guest' tests/vm/run.sh "${guest[@]}" --file tests/guest/results.sh:/test/ \
	--get "/tmp/trace.tar:$work/trace.tar" --timeout 600 tests/guest/trace.sh
tar -xf "$work/trace.tar" -C "$work/trace" || true
tap_run trace tests/operate/trace.py "$work/trace" echo cat demo threads fork
tap_check "the picture is one, and has all stages' names" python3 -c '
import sys, xml.etree.ElementTree as tree
texts = [element.text for element in tree.parse(sys.argv[1]).iter() if element.text]
assert {"total", "enqueue", "notify", "wake", "execute", "reply", "resume"} < set(texts), texts
' "$work/trace/plot.svg"
for file in stats top; do
	tap_check "what $file says in JSON is JSON" python3 -c '
import json, sys
with open(sys.argv[2], encoding="utf-8") as file:
	for line in [file.read()] if sys.argv[1] == "stats" else file:
		json.loads(line)
' "$file" "$work/trace/$file.json"
done

tap_run 'in a guest' tests/vm/run.sh "${loaded[@]}" --file tests/guest/results.sh:/test/ \
	--log "$work/log" --get "/tmp/operate/metrics:$work/metrics" \
	--get "/tmp/operate/dump.head:$work/dump" --timeout 300 tests/guest/operate.sh
tap_run 'calls in the trace' tests/vm/run.sh "${loaded[@]}" \
	--file tests/guest/results.sh:/test/ --timeout 300 tests/guest/calls.sh

tap_check 'on a terminal it shows what it does' grep -a 'starting peer 0 on CPU 1' \
	"$work/log/console.log"
tap_check 'OpenMetrics takes the metrics' tests/operate/metrics.py "$work/metrics"
tap_check 'readelf finds the region in a dump' sh -c \
	"readelf -Wl '$work/dump' 2> /dev/null | grep 'LOAD .* 0x000000003a000000 .* 0x4000000 '"
tap_check "readelf finds the peer's state in a dump" sh -c \
	"readelf -Wn '$work/dump' 2> /dev/null | grep '^  nimbos '"
tap_finish
