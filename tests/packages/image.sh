#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# image.sh SUITE PACKAGES DIRECTORY: makes DIRECTORY/{disk,vmlinuz,vmlinuz.signed,initrd}: a fresh
# Debian in which the blocks "install", "key" and "sign" of docs/install.md have been executed beside
# the packages that are in the directory PACKAGES, by a user who may use sudo. Prints TAP. Wants root.

set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
top=$(dirname "$(dirname "$here")")
# shellcheck source=tests/tap.sh
. "$top/tests/tap.sh"
usage='usage: image.sh SUITE PACKAGES DIRECTORY'
suite=${1:?$usage}
packages=${2:?$usage}
directory=${3:?$usage}
[ "$(id -u)" = 0 ] || { echo 'image.sh: wants root, for a root directory and mounts of its own' >&2; exit 1; }

# The key that one of OVMF's lists of variables has, for tests.
snakeoil=/usr/share/ovmf/PkKek-1-snakeoil
base=$("$here/base.sh" "$suite")
rm -rf "$directory"
mkdir -p "$directory/root"
root=$directory/root
tar -xf "$base" -C "$root" --numeric-owner
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
echo guest > "$root/etc/hostname"
printf '127.0.0.1 localhost guest\n' > "$root/etc/hosts"
echo '/dev/vda / ext4 errors=remount-ro 0 1' > "$root/etc/fstab"
# An installer would have made it.
mkdir -p "$root/boot/grub"
# Nobody is there to answer.
echo 'APT::Get::Assume-Yes "true";' > "$root/etc/apt/apt.conf.d/90test"
echo 'admin ALL=(ALL) NOPASSWD: ALL' > "$root/etc/sudoers.d/admin"
chroot "$root" useradd --create-home --shell /bin/bash admin
# A second disk brings what is to be done, in an archive; what it prints goes out by a port.
cat > "$root/etc/systemd/system/errand.service" <<'END'
[Unit]
Description=What the guest was booted for
Wants=dev-virtio\x2dports-report.device
After=multi-user.target dev-virtio\x2dports-report.device
[Service]
Type=oneshot
TimeoutStartSec=infinity
User=admin
WorkingDirectory=/home/admin
ExecStartPre=+/bin/sh -c 'mkdir /run/errand && tar -xf /dev/vdb -C /run/errand'
ExecStart=/bin/bash /run/errand/run.sh
ExecStopPost=+/bin/systemctl --no-block poweroff
StandardOutput=file:/dev/virtio-ports/report
StandardError=inherit
[Install]
WantedBy=multi-user.target
END
ln -s ../errand.service "$root/etc/systemd/system/multi-user.target.wants/"
cp "$packages"/*.deb "$root/home/admin/"
mkdir "$root/home/admin/steps"
cp "$here/guest/steps.sh" "$root/home/admin/steps/"
"$here/blocks.sh" "$top/docs/install.md" "$root/home/admin/steps"

# steps NAME: the blocks of that name, as the user.
steps()
{
	tap_run "$1" "$top/tests/chroot.sh" "$root" su - admin -c "bash steps/steps.sh $1"
}

tap_begin image
# The module that DKMS has signed with its own key stays at hand. The other key is one that OVMF trusts.
steps install
cp "$root"/lib/modules/*/updates/dkms/nimbos.ko* "$root/home/admin/"
steps key
openssl rsa -passin pass:snakeoil -in "$snakeoil.key" -out "$root/root/keys/module.key" 2> /dev/null
openssl x509 -in "$snakeoil.pem" -outform DER -out "$root/root/keys/module.der"
steps sign

sbsign --key "$root/root/keys/module.key" --cert "$snakeoil.pem" --output "$directory/vmlinuz.signed" \
	"$root"/boot/vmlinuz-* 2> /dev/null

cp "$root"/boot/vmlinuz-* "$directory/vmlinuz"
cp "$root"/boot/initrd.img-* "$directory/initrd"
rm -rf "$root/home/admin/steps"
mke2fs -q -t ext4 -d "$root" "$directory/disk" 3G
rm -rf "$root"
tap_finish
