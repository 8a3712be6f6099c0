#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# busy.sh COMMAND...: does something to a machine on which a peer runs, in the middle of calls.

# shellcheck source=tests/guest/results.sh
. /test/results.sh
cd /tmp || exit

makes_calls()
{
	notified=$(nimbosctl status | sed -n 's/^  notified *\([0-9]*\) times.*/\1/p')
	[ "$notified" -gt 100 ]
}

# shellcheck disable=SC2119 # as it is
start || exit
nimbosctl run stress 100000000 &
comes_true makes_calls || exit
exec "$@"
