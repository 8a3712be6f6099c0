#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs $QEMU with these arguments, and writes what it took of the processor to $TIMES.

"$QEMU" "$@" &
pid=$!
trap 'kill "$pid"' TERM INT
wait "$pid"
status=$?
times > "$TIMES"
exit "$status"
