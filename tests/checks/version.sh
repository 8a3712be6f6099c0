#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: the module and the packages have the version that dkms.conf says
# Limit: 60

. tests/lint.sh

version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
lint "nimbos_mod/main.c: $version" grep -x "MODULE_VERSION(\"$version\");" nimbos_mod/main.c
lint "debian/changelog: $version" grep -m 1 "^nimbos ($version) " <(head -n 1 debian/changelog)
tap_finish
