#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: kernel-doc comments are complete, warnings are errors
# Limit: 60
# Needs: tests/vm/source.sh

. tests/lint.sh

linux=$(tests/vm/source.sh)
mapfile -t files < <(sources '*.c' '*.h')
lint "${#files[@]} files" silent perl "$linux/scripts/kernel-doc" -none -Werror "${files[@]}"
tap_finish
