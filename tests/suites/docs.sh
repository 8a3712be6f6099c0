#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: the peer in docs/porting.md and what the pages show of sessions, as it stands there
# Limit: 300

set -euo pipefail

. tests/guest.sh
. tests/tap.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

session()
{
	tap_run "$1" tests/vm/run.sh "${loaded[@]}" --file tests/guest/results.sh:/test/ \
		--file "docs/$1:/test/" "${@:2}" --timeout 120 "tests/guest/session.sh /test/$1"
}

tap_run 'the peer is built' tests/example.sh docs/porting.md "$work"
session porting.md --file "$work/hello.bin:/test/"
isolated=$(grep -o '^    isolcpus=.*' docs/tuning.md)
session tuning.md --cpus 3 --append "${isolated:?}" \
	--file build/peer/nimbos-ref.bin:/test/build/peer/
tap_finish
