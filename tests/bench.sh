#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# bench.sh: measures calls natively and in a guest, prints a table and writes
# build/bench.json, and a picture of it, build/bench.svg. The exit status is 1 if a limit was missed, or something
# could not be measured. BENCH_ROUNDS is for who wants more rounds in the guest.

set -euo pipefail

cd "$(dirname "$(readlink -f "$0")")/.."
rounds=${BENCH_ROUNDS:-12}
json=build/bench.json

echo "bench: building" >&2
. tests/guest.sh
build make -C tools/bench
rm -f "$json"

echo "bench: native, on CPUs 0 and 1" >&2
build/tools/nimbos-bench --json "$json" native
build/tools/nimbos-bench-lines --json "$json"

echo "bench: booting a guest with 3 CPUs" >&2
# Linux needs the third one for the call that is polled for on both sides. That the TSC
# can be relied on saves it the detour by an emulated clock whenever it goes idle.
tests/vm/run.sh "${loaded[@]}" --cpus 3 --append tsc=reliable --timeout $((60 + 40 * rounds)) \
	--file build/peer/nimbos-v2.bin:/lib/nimbos/ \
	--file build/tools/nimbos-bench:/usr/bin/ --file "$json:/bench.json" \
	--get "/bench.json:$json" \
	--exec "nimbos-bench --json /bench.json --rounds $rounds guest" >&2

# What follows wants a QEMU with user interrupts. Stages are compared with each other only, and
# instructions are counted with the CPUs in turns, so that who waits awake does not count.
NIMBOS_QEMU=$(make -s qemu-uintr)
export NIMBOS_QEMU
build make -C tools/bench plugin QEMU="$NIMBOS_QEMU"
counts=$(mktemp -d)
trap 'rm -rf "$counts"' EXIT
ways=("${loaded[@]}" --cpus 3 --append tsc=reliable --timeout 300
	--file build/tools/nimbos-bench:/usr/bin/ --file build/peer/nimbos-v2.bin:/lib/nimbos/)

echo "bench: the stages of a call" >&2
tests/vm/run.sh "${ways[@]}" --file "$json:/bench.json" --get "/bench.json:$json" \
	--exec 'nimbos-bench --json /bench.json stages' >&2

# count FILE [OPTION]...: what the plugin counts goes to FILE.
count()
{
	NIMBOS_ACCEL=tcg,thread=single tests/vm/run.sh "${ways[@]}" "${@:2}" \
		--qemu -plugin --qemu "$PWD/build/tools/nimbos-bench-plugin.so,out=$1" \
		--exec 'nimbos-bench count' >&2
}

echo "bench: counting instructions" >&2
build make -C tools/bench untraceable
count "$counts/traceable"
count "$counts/untraceable" --file build/untraceable/tools/nimbos-shadow:/usr/bin/ \
	--file build/untraceable/peer/nimbos-ref.bin:/lib/nimbos/
build/tools/nimbos-bench --json "$json" --counts "$counts/traceable" \
	--untraceable "$counts/untraceable" counted

build/tools/nimbos-bench --json "$json" --plot build/bench.svg table
