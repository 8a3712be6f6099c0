#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# cmocka.sh PROGRAM: runs a test that is made with cmocka in a guest.

CMOCKA_MESSAGE_OUTPUT=TAP NIMBOS_SHADOW=/usr/bin/nimbos-shadow exec "$@"
