#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# starting.sh COMMAND...: does something to a machine while a peer has its CPU, and is not up.

# shellcheck source=tests/guest/results.sh
. /test/results.sh
cd /tmp || exit

start --cmdline=test=never-up &
comes_true has_cpus 0 || exit
exec "$@"
