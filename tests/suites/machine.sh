#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: reboot, poweroff, panic, kexec and sleep of a machine on which a peer runs
# Limit: 900

set -euo pipefail

. tests/guest.sh
. tests/tap.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
scripts=(--file tests/guest/results.sh:/test/ --file tests/guest/refusals.sh:/test/
	--file tests/guest/busy.sh:/test/ --file tests/guest/starting.sh:/test/ --timeout 240)
run=(tests/vm/run.sh "${scripts[@]}" --log "$work"
	--qemu -d --qemu cpu_reset --qemu -D --qemu "$work/resets.log")

# verdict DESCRIPTION STATUS
verdict()
{
	if [ "$2" = 0 ]; then
		tap_result ok "$tap_name: $1"
	else
		tap_result 'not ok' "$tap_name: $1"
		sed 's/^/# | /' "$work/output"
		tail -n 40 "$work/console.log" | sed 's/^/# console: /'
		grep -A 7 'CPU Reset (CPU 1)' "$work/resets.log" | sed 's/^/# resets: /'
	fi
}

# goes_down NAME COMMAND [OPTION]...: the guest does, by itself, by this command.
goes_down()
{
	local status=0

	tap_begin "$1"
	"${run[@]}" "${loaded[@]}" "${@:3}" --expect-reset --exec "$2" \
		> "$work/output" 2>&1 || status=$?
	verdict 'the machine goes down' "$status"
}

logged()
{
	verdict "the console says '$1'" "$(grep -q "$1" "$work/console.log"; echo $?)"
}

# Where CPU 1 was each time that it was sent an INIT or reset, from the first time on that it
# was in the reference peer. That is linked to the last 2 GiB, Linux 16 MiB above their begin.
resets()
{
	awk '/^CPU Reset/ { mine = /CPU 1/ }
		mine && match($0, /[RE]IP=[0-9a-f]*/) {
			at = substr($0, RSTART + 4, RLENGTH - 4)
			if (at ~ /^ffffffff800/) {
				at = "peer"
				seen = 1
			}
			if (seen)
				printf "%s ", at
		}
		END { print "" }' "$work/resets.log"
}

# stopped THEN: the emulator saw the peer's CPU stopped; a pattern of what became of it then.
stopped()
{
	resets > "$work/output"
	verdict "the peer's CPU is stopped" "$(grep -q "^peer $1" "$work/output"; echo $?)"
}

stop_line='nimbos: the machine goes down: peer 0 is stopped'

goes_down reboot '/test/busy.sh reboot -f'
logged "$stop_line"
logged 'reboot: machine restart'

goes_down poweroff '/test/busy.sh poweroff -f'
logged "$stop_line"
logged 'reboot: Power down'

goes_down 'reboot during a start' '/test/starting.sh reboot -f'
logged 'nimbos: peer 0 did not start on CPU 1: the machine is going down or to sleep'

# Which waits a little before it resets the machine: longer than the peer is allowed to live.
goes_down panic '/test/busy.sh sh -c "echo c > /proc/sysrq-trigger"' --append panic=5
logged 'Kernel panic - not syncing: sysrq triggered crash'
stopped '$'

# The second kernel has another initramfs, and a plan of its own; its results are what counts.
vmlinuz=$(tests/vm/kernel.sh "${NIMBOS_KERNEL:-bookworm}" vmlinuz)
printf 'test\t60\tafter-kexec.sh\texec /test/after-kexec.sh\n' > "$work/plan"
files=("$work/plan:/plan")
for argument in "${guest[@]}" "${scripts[@]}" tests/guest/after-kexec.sh:/test/; do
	[[ $argument != *:/* ]] || files+=("$argument")
done
tests/vm/initramfs.sh "$work/initramfs" "${files[@]}"
tap_run kexec "${run[@]}" "${loaded[@]}" --file "$vmlinuz:/kexec/vmlinuz" \
	--file "$work/initramfs:/kexec/initramfs" --file "$tests/kexec:/test/" \
	'tests/guest/busy.sh /test/kexec /kexec/vmlinuz /kexec/initramfs'
logged "$stop_line"
# It waits for a start-up message when the second kernel comes.
stopped '0000fff0 '

tap_run sleep "${run[@]}" "${loaded[@]}" --append suspend.pm_test_delay=1 tests/guest/sleep.sh
tap_finish
