#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# setup.sh [qemu|bochs|packages]: installs what building and testing nimbos needs, on Debian 12
# and 13; or what building QEMU, booting Bochs, or testing packages needs, which the scripts
# that do so ask for. Does nothing, quickly, when everything is there. Kernels to test on are not
# installed: tests/vm/kernel.sh unpacks them into a cache.

set -euo pipefail

fail()
{
	echo "setup: $*" >&2
	exit 1
}

case "${1:-}" in
'')
	packages=(
		# the module, the tools and the peer
		gcc libc6-dev make pkg-config libcap-dev libseccomp-dev libcjson-dev
		libtracefs-dev libtraceevent-dev libinih-dev libsystemd-dev
		# kernel headers out of the cache (6.1's want this compiler), the debug kernel
		gcc-12
		bc bison flex libelf-dev libssl-dev pahole kmod python3 perl xz-utils dkms
		# guests
		qemu-system-x86 seabios busybox-static cpio
		# unit tests, sanitizers, fuzzers and checks
		libcmocka-dev python3-prometheus-client gnuplot-nox
		clang libclang-rt-dev clang-format g++ sparse cppcheck shellcheck mandoc bsdextrautils
		# getting packages and sources
		apt-utils ca-certificates git
	)
	;;
qemu)
	packages=(gcc libc6-dev make pkg-config bison flex python3 python3-venv ninja-build
		dpkg-dev patch libglib2.0-dev zlib1g-dev libfdt-dev ca-certificates)
	;;
bochs)
	# an image that it can boot from
	packages=(grub-common grub-pc-bin xorriso mtools)
	;;
packages)
	# fresh systems, and their firmware
	packages=(mmdebstrap e2fsprogs openssl ovmf sbsigntool)
	;;
*) fail "usage: setup.sh [qemu|bochs|packages]" ;;
esac

. /etc/os-release
case "${ID:-}:${VERSION_ID:-}" in
debian:12 | debian:13) ;;
*)
	echo "setup: this is ${PRETTY_NAME:-an unknown system};" \
		"package names are those of Debian 12 and 13" >&2
	command -v apt-get > /dev/null || fail "no apt-get here; install by hand: ${packages[*]}"
	;;
esac

missing=()
for package in "${packages[@]}"; do
	state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null || true)
	[ "$state" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
	echo "setup: all ${#packages[@]} packages are installed"
	exit 0
fi

sudo=()
if [ "$(id -u)" != 0 ]; then
	command -v sudo > /dev/null ||
		fail "not root and no sudo; as root: apt-get install ${missing[*]}"
	sudo=(sudo)
fi

echo "setup: installing ${#missing[@]} packages with apt-get: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
"${sudo[@]}" apt-get -q update > "$log" 2>&1 ||
	{ tail -n 20 "$log" >&2; fail "apt-get update failed"; }
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qy install \
	--no-install-recommends "${missing[@]}" > "$log" 2>&1 ||
	{ tail -n 20 "$log" >&2; fail "apt-get install failed"; }
echo "setup: installed ${missing[*]}"
