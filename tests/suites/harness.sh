#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: the test harness itself: what has to fail does, and says why
# Limit: 480

set -euo pipefail

. tests/tap.sh
tap_begin harness
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# program NAME: makes a guest's program of standard input.
program()
{
	{ echo '#!/bin/sh'; cat; } > "$work/$1"
	chmod +x "$work/$1"
}

# verdict DESCRIPTION STATUS: the outcome of one check; on failure all that was printed.
verdict()
{
	if [ "$2" = 0 ]; then
		tap_result ok "$1"
	else
		tap_result 'not ok' "$1"
		sed 's/^/# | /' "$work/output"
	fi
}

# printed DESCRIPTION PATTERN: a whole line of the output matches.
printed()
{
	verdict "$1" "$(grep -Exq -- "$2" "$work/output"; echo $?)"
}

# guest STATUS ARGUMENT...: run.sh has to end with that status.
guest()
{
	local status=0 want=$1

	shift
	tests/vm/run.sh --kernel bookworm "$@" > "$work/output" 2>&1 || status=$?
	verdict "run.sh ends with status $want" "$([ "$status" = "$want" ]; echo $?)"
}

program results <<'END'
echo TAP version 13
echo 1..3
echo '# seen'
echo 'ok 1 first'
echo 'not ok 2 - second'
echo 'ok 3 # SKIP no such device'
exit 1
END
program short <<'END'
echo 1..2
echo ok 1 alone
END
program breaks <<'END'
echo not ok 1 something
exit 1
END
program warns <<'END'
echo '<4>WARNING: CPU: 0 PID: 1 at nowhere' > /dev/kmsg
END
program quiet <<'END'
printf 'no newline at the end'
END
program hangs <<'END'
echo going to hang
sleep 1000 &
trap '' TERM
while :; do wait; done
END
program alone <<'END'
! ps -o comm | grep -q sleep
END
program skips <<'END'
echo this machine has none
exit 4
END
program fails <<'END'
exit 3
END
guest 1 "$work"/{results,short,breaks,warns,quiet} --timeout 3 "$work/hangs" "$work"/{alone,skips,fails}
printed 'a result that passed is named after its program' 'ok 1 - results: first'
printed 'one that failed is too' 'not ok 2 - results: second'
printed 'a skip keeps its reason' 'ok 3 - results # SKIP no such device'
printed 'comments stay' '# seen'
printed 'results that did not come are missed' 'not ok 5 - short: 2 results were planned, 1 came'
printed 'a plan that did not come is missed' \
	'not ok 7 - breaks: ended after 1 results without a plan, exit status 1'
printed 'a warning in the kernel log is a failure' \
	'not ok 8 - warns: the kernel complained: WARNING: CPU: 0 PID: 1 at nowhere'
printed 'the kernel log is shown' '# kernel: WARNING: CPU: 0 PID: 1 at nowhere'
printed 'a last line without newline is printed' '# no newline at the end'
printed 'and does no harm' 'ok 9 - quiet'
printed 'a program that hangs is cut off' 'not ok 10 - hangs: timed out after 3 s'
printed 'what it left is gone when the next one runs' 'ok 11 - alone'
printed 'exit status 4 is a skip' 'ok 12 - skips # SKIP this machine has none'
printed 'any other is a failure' 'not ok 13 - fails: exit status 3'
verdict 'counts are the last line' \
	"$(tail -n 1 "$work/output" | grep -qx '4 passed, 7 failed, 2 skipped'; echo $?)"

program crashes <<'END'
echo c > /proc/sysrq-trigger
END
guest 1 "$work"/{quiet,crashes,alone}
printed 'a panic is a failure of the program that ran' 'not ok 2 - crashes: the guest reset itself'
printed 'the console is shown' '# console: .*Kernel panic - not syncing: sysrq triggered crash'
printed 'what could not run any more failed' 'not ok 3 - alone: not run'

guest 0 --expect-reset --exec 'echo c > /proc/sysrq-trigger'
guest 1 --expect-reset --exec 'true'

guest 1 --total 8 --timeout 100 "$work/hangs"
# Maybe before the program has started, if this machine is busy.
printed 'a guest that hangs is cut off' \
	'not ok 1 - (hangs|boot|guest): the guest was cut off after 8 s'

head -c 10000 /dev/urandom > "$work/data"
guest 7 --file "$work/data:/srv/in/" --get "/tmp/out:$work/out" --reserve 0x1000000@0x20000000 \
	--exec 'cp /srv/in/data /tmp/out; grep 20000000 /proc/iomem; exit 7'
verdict 'a file goes into the guest and comes out' "$(cmp -s "$work/data" "$work/out"; echo $?)"
printed 'memory is reserved' ' *20000000-20ffffff : Reserved'

guest 1 --exec 'echo "BUG: text" > /dev/kmsg'
printed 'a command of which the kernel complained failed' '.*the kernel complained: BUG: text'
guest 1 --module /nonexistent.ko --exec true
printed 'a file that is not there is named' '.*no file /nonexistent.ko'

tap_finish
