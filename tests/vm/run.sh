#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Boots a kernel in QEMU and runs programs there; see README.md or --help.

set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/vm/cache.sh
. "$here/cache.sh"
# shellcheck source=tests/vm/report.sh
. "$here/report.sh"

usage()
{
	cat <<'END'
usage: run.sh [OPTION]... 'PROGRAM [ARGUMENT]...'...   TAP of each program
       run.sh [OPTION]... --exec COMMAND               its output and exit status

  --kernel SUITE      stock kernel of a Debian suite, or debug [$NIMBOS_KERNEL, bookworm]
  --module FILE[ ARG] load a kernel module first; repeatable
  --kmod NAME         load a module of that kernel's own first; repeatable
  --file SRC:DST      put a file or directory into the guest, libraries included
  --setup COMMAND     run a shell command in the guest first; it has to succeed
  --get SRC:DST       copy a file out of the guest when all have run
  --timeout SECONDS   for each of the programs that follow, or --exec [60]; 4 times
                      that on the debug kernel
  --total SECONDS     for the guest as a whole [60 more than all timeouts]
  --cpus N            [2]
  --memory MIB        [1536]
  --reserve SIZE@ADDR memory that Linux leaves alone, or none [0x10000000@0x3a000000]
  --append ARGS       for the kernel's command line
  --cpu MODEL         [max]
  --machine TYPE      [pc]
  --qemu ARG          one more argument for QEMU; repeatable
  --peer-com1         COM1 is the peer's, for one that knows no other, and COM2 Linux's
  --expect-reset      the guest has to reset or power off by itself, not to end
  --log DIR           keep console.log, peer.log (COM2), report.log there
  --verbose           print the kernel's console on standard error meanwhile
END
}

suite=${NIMBOS_KERNEL:-bookworm}
qemu=${NIMBOS_QEMU:-qemu-system-x86_64}
accel=${NIMBOS_ACCEL:-tcg}
limit=60 total=60 cpus=2 memory=1536 reserve=0x10000000@0x3a000000 append=''
cpu=max machine=pc mode=test expect=end log='' verbose='' serial=(console peer)
programs=() files=() kmods=() gets=() extra=()
work=$(mktemp -d)

cleanup()
{
	[ -z "${qemu_pid:-}" ] || kill "$qemu_pid" 2> /dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# plan ORDER KIND NAME COMMAND: a line for guest/init.c, and its time in the total.
plan()
{
	case "$3$4" in
	*[$'\t\n']*) die "no tab or newline is possible in '$4'" ;;
	esac
	printf '%s\t%s\t%s\t%s\n' "$2" "$limit" "$3" "$4" >> "$work/plan.$1"
	total=$((total + limit))
}

add_module()
{
	local path=${1%% *}

	files+=("$path:/modules/")
	plan 2 setup "insmod $path" "insmod /modules/${path##*/}${1#"$path"}"
}

add_program()
{
	local path=${1%% *}

	[ -f "$path" ] || die "no program $path"
	files+=("$path:/test/")
	programs+=("${path##*/}${1#"$path"}")
	plan 3 test "${programs[-1]}" "cd /tmp && exec /test/${programs[-1]}"
}

add_exec()
{
	mode='exec'
	programs+=("$1")
	plan 3 exec "$1" "$1"
}

fixed_total=
while [ $# -gt 0 ]; do
	case "$1" in
	--help) usage; exit 0 ;;
	--expect-reset) expect=reset; shift; continue ;;
	--verbose) verbose=1; shift; continue ;;
	--peer-com1) serial=(peer console); shift; continue ;;
	--*) [ $# -ge 2 ] || die "$1 wants a value; see --help" ;;
	*) add_program "$1"; shift; continue ;;
	esac
	case "$1" in
	--kernel) suite=$2 ;;
	--module) add_module "$2" ;;
	--kmod) kmods+=("$2") ;;
	--file) files+=("$2") ;;
	--setup) plan 2 setup "$2" "$2" ;;
	--exec) add_exec "$2" ;;
	--get) gets+=("$2") ;;
	--timeout) limit=$2 ;;
	--total) fixed_total=$2 ;;
	--cpus) cpus=$2 ;;
	--memory) memory=$2 ;;
	--reserve) reserve=$2 ;;
	--append) append+=" $2" ;;
	--cpu) cpu=$2 ;;
	--machine) machine=$2 ;;
	--qemu) extra+=("$2") ;;
	--log) log=$2 ;;
	*) die "unknown option $1; see --help" ;;
	esac
	shift 2
done
case "$mode:${#programs[@]}" in
*:0 | exec:[!1]*) die "one --exec or at least one program is wanted; see --help" ;;
esac

parts=$("$here/kernel.sh" "$suite")
eval "$parts"
: "${release:?}" "${vmlinuz:?}" "${modules:?}"

# Modules of that kernel, each after those that it depends on.
for kmod in "${kmods[@]}"; do
	needed=$(modprobe -d "${modules%/lib/modules/*}" -S "$release" --show-depends "$kmod") ||
		die "no module $kmod in $release"
	while read -r what path; do
		name=${path##*/}
		[ "$what" = insmod ] || continue
		[[ " ${files[*]} " != *" $path:"* ]] || continue
		files+=("$path:/modules/")
		plan 1 setup "insmod $name" "insmod /modules/$name"
	done <<< "$needed"
done
# kmemleak reports what two scans found unchanged and five seconds old.
if [ "$suite" = debug ]; then
	limit=60
	kmemleak=/sys/kernel/debug/kmemleak
	plan 4 setup 'looking for leaked memory' \
		"echo scan > $kmemleak; sleep 6; echo scan > $kmemleak; cat $kmemleak"
fi
for get in "${gets[@]}"; do
	printf 'get\t0\t%s\t%s\n' "${get#*:}" "${get%%:*}" >> "$work/plan.5"
done
# Limits are given for a stock kernel.
slower=1
[ "$suite" != debug ] || slower=4
total=$((${fixed_total:-$total} * slower))
cat "$work"/plan.* | awk -v FS='\t' -v OFS='\t' -v slower=$slower '{ $2 *= slower; print }' > "$work/plan"
"$here/initramfs.sh" "$work/initramfs" "$work/plan:/plan" "${files[@]}"

# The $ is meant for Linux: nothing expands it any more.
case "$reserve" in
none) memmap= ;;
*@*) memmap="memmap=${reserve%@*}\$${reserve#*@} " ;;
*) die "--reserve wants SIZE@ADDRESS or none, not '$reserve'" ;;
esac
tty=ttyS0
[ "${serial[0]}" = console ] || tty=ttyS1
command_line="console=$tty,115200 panic=-1 panic_on_warn=1 oops=panic log_buf_len=4M"
command_line+=" no_timer_check random.trust_cpu=on sysctl.kernel.hung_task_timeout_secs=60"
command_line+=" $memmap$append"
[ "$accel" != tcg ] || accel=tcg,thread=multi
log=${log:-$work}
mkdir -p "$log"
: > "$log/console.log"
: > "$log/peer.log"

# COM1 is Linux's console and COM2 left to the peer, or the other way round; COM3 carries
# the report; it has its own interrupt, since that of COM1 is edge-triggered, not for sharing.
# shellcheck disable=SC2054 # commas inside of arguments
arguments=(
	-no-user-config -nodefaults -display none -no-reboot
	-machine "$machine" -accel "$accel" -cpu "$cpu" -smp "$cpus" -m "$memory"
	-device isa-debug-exit,iobase=0xf4,iosize=1
	-chardev "file,id=console,path=$log/console.log" -chardev "file,id=peer,path=$log/peer.log"
	-device "isa-serial,chardev=${serial[0]}" -device "isa-serial,chardev=${serial[1]}"
	-chardev file,id=report,path=/dev/stdout
	-device isa-serial,chardev=report,index=2,iobase=0x3e8,irq=5
	-kernel "$vmlinuz" -initrd "$work/initramfs" -append "$command_line" "${extra[@]}"
)
exec 3< <(exec timeout -k 5 "$total" "$qemu" "${arguments[@]}" < /dev/null 2> "$work/qemu.log")
qemu_pid=$!
[ -z "$verbose" ] || tail -n +1 -f --pid "$qemu_pid" "$log/console.log" >&2 3<&- &

while IFS= read -r line <&3; do
	report_line "$line"
done
status=0
wait "$qemu_pid" || status=$?
qemu_pid=
# The guest ends by isa-debug-exit, which makes an odd status of its code.
[ -z "$report_ended" ] || [ "$status" = 1 ] || [ "$status" = 3 ] ||
	report_failure "QEMU ended with status $status"
report_finish "$status" "$total" "${programs[@]}"
