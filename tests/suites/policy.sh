#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: a program of a peer tries to get out of its policy, in more than 200 ways
# Limit: 900

set -euo pipefail

. tests/guest.sh
. tests/tap.sh
build make -C tests/sim
build make -C tests/unit "$PWD/build/tests/unit/test_confine"
export NIMBOS_SHADOW=$PWD/build/tools/nimbos-shadow CMOCKA_MESSAGE_OUTPUT=TAP

tap_run policy build/tests/sim/test_policy
# The same filter, without the shadow's table before it.
tap_run confine build/tests/unit/test_confine

# The same on a stock kernel, and with a peer that forks.
tap_run 'in a guest' tests/vm/run.sh "${loaded[@]}" --file tests/guest/results.sh:/test/ \
	--file "$(command -v install):/usr/bin/" --file build/tests/sim/test_policy:/test/ \
	--file build/tests/unit/test_confine:/test/ \
	--timeout 300 tests/guest/policy.sh 'tests/guest/cmocka.sh /test/test_policy' \
	'tests/guest/cmocka.sh /test/test_confine'
tap_finish
