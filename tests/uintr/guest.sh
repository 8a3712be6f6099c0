#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# guest.sh QEMU CPUS TIMEOUT OPTION...: boots the image once with these options and
# prints what it says. Fails if it does not come to its end, if a case fails, or if
# QEMU itself has something to say (an assertion, a sanitizer).

set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
qemu=${1:?usage: guest.sh QEMU CPUS TIMEOUT OPTION...}
cpus=${2:?usage: guest.sh QEMU CPUS TIMEOUT OPTION...}
limit=${3:?usage: guest.sh QEMU CPUS TIMEOUT OPTION...}
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail()
{
	echo "not ok - $*"
	sed 's/^/# qemu: /' "$work/errors"
	exit 1
}

status=0
ASAN_OPTIONS=detect_leaks=0 timeout -k 5 "$limit" "$here/machine.sh" "$qemu" "$cpus" "$*" \
	< /dev/null > "$work/output" 2> "$work/errors" || status=$?
cat "$work/output"
# What every QEMU with this sanitizer says.
sed -i "/ASan doesn't fully support makecontext/d" "$work/errors"
[ "$status" != 124 ] || fail "no end within $limit seconds"
[ ! -s "$work/errors" ] || fail "QEMU complains (status $status)"
[ "$status" = 1 ] || fail "QEMU ended with status $status"
grep -q '^# end' "$work/output" || fail "the guest did not come to its end"
! grep -E '^(not ok|Bail out)' "$work/output" > /dev/null || exit 1
