#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: a program of a peer tries to get out of its policy, in more than 200 ways
# Limit: 300

set -euo pipefail

. tests/tap.sh
make -s -C tools
make -s -C tests/sim
make -s -C tests/unit "$PWD/build/tests/unit/test_confine"
export NIMBOS_SHADOW=$PWD/build/tools/nimbos-shadow CMOCKA_MESSAGE_OUTPUT=TAP

tap_run policy build/tests/sim/test_policy
# The same filter, without the shadow's table before it.
tap_run confine build/tests/unit/test_confine
tap_finish
