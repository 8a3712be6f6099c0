#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# machine.sh QEMU CPUS OPTIONS [ARGUMENT]...: becomes a QEMU that boots the image with
# these options and so many CPUs. The image's serial port is standard input and output;
# QEMU ends with status 1 when the image is through. Arguments are QEMU's.

set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
image=${IMAGE:-$here/../../build/tests/uintr/uintr.bin}
qemu=${1:?usage: machine.sh QEMU CPUS OPTIONS [ARGUMENT]...}
cpus=${2:?usage: machine.sh QEMU CPUS OPTIONS [ARGUMENT]...}
options=${3:?usage: machine.sh QEMU CPUS OPTIONS [ARGUMENT]...}
shift 3

exec "$qemu" -nodefaults -no-user-config -display none -no-reboot \
	-machine pc -accel tcg,thread=multi -cpu max,vendor=GenuineIntel -smp "$cpus" -m 64 \
	-device isa-debug-exit,iobase=0xf4,iosize=1 -serial stdio \
	-kernel "$image" -append "cpus=$cpus $options" "$@"
