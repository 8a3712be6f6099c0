#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# To be sourced: turns the TAP of several programs into one numbered sequence,
# in which every result is named after its program, and counts it.
#
#	tap_begin NAME		a program starts
#	tap_line LINE		for each line that it printed
#	tap_end STATUS [REASON]	it ended; REASON, if any, is why that is a failure
#	tap_run NAME COMMAND...	all three for a command that runs here; a signal's trap can
#				kill $tap_pid meanwhile
#	tap_check DESCRIPTION COMMAND...	one result: the command, which runs here, has to
#				succeed; else what it printed is shown
#	tap_finish		plan and counts; returns 1 if anything failed
#
# A program without results of its own is one result: its exit status, where 4
# is a skip (kselftest's) whose reason is the last line printed.

tap_number=0
tap_passed=0
tap_failed=0
tap_skipped=0

# tap_result ok|'not ok' DESCRIPTION [SKIP-REASON]
tap_result()
{
	tap_number=$((tap_number + 1))
	if [ "$1" = 'not ok' ]; then
		tap_failed=$((tap_failed + 1))
	elif [ $# -ge 3 ]; then
		tap_skipped=$((tap_skipped + 1))
	else
		tap_passed=$((tap_passed + 1))
	fi
	echo "$1 $tap_number - $2${3+ # SKIP $3}"
}

tap_check()
{
	local tap_what=$1 tap_output

	shift
	tap_output=$(mktemp)
	if "$@" > "$tap_output" 2>&1; then
		tap_result ok "$tap_what"
	else
		tap_result 'not ok' "$tap_what"
		sed 's/^/# | /' "$tap_output"
	fi
	rm -f "$tap_output"
}

tap_begin()
{
	tap_name=$1
	tap_plan=
	tap_seen=0
	tap_bad=0
	tap_last=
	tap_why_skipped=
	[ "$tap_number" != 0 ] || echo "TAP version 13"
}

tap_line()
{
	local what description
	local result='^(ok|not ok)( +[0-9]+)?( +-)?( +(.*))?$'

	if [[ $1 =~ $result ]]; then
		what=${BASH_REMATCH[1]}
		description=${BASH_REMATCH[5]}
		tap_seen=$((tap_seen + 1))
		[ "$what" = ok ] || tap_bad=$((tap_bad + 1))
		if [[ $what = ok && $description =~ ^(.*)'# '[Ss][Kk][Ii][Pp]' '*(.*)$ ]]; then
			description=${BASH_REMATCH[1]}
			tap_result ok "$tap_name${description:+: ${description% }}" "${BASH_REMATCH[2]}"
		else
			tap_result "$what" "$tap_name${description:+: $description}"
		fi
	elif [[ $1 =~ ^1\.\.([0-9]+)( *# *[Ss][Kk][Ii][Pp] *(.*))?$ ]]; then
		tap_plan=${BASH_REMATCH[1]}
		tap_why_skipped=${BASH_REMATCH[3]}
	elif [[ $1 = 'Bail out!'* ]]; then
		tap_bad=$((tap_bad + 1))
		tap_result 'not ok' "$tap_name: $1"
	elif [[ $1 = 'TAP version'* || $1 =~ ^[0-9]+' passed, ' ]]; then
		:
	else
		tap_last=${1###}
		tap_last=${tap_last# }
		echo "# ${1#\# }"
	fi
}

tap_end()
{
	local status=$1 reason=${2:-}

	if [ -z "$reason" ] && [ "$status" != 0 ] && [ "$status" != 4 ] && [ "$tap_bad" = 0 ]; then
		reason="exit status $status"
	elif [ -z "$reason" ] && [ -n "$tap_plan" ] && [ "$tap_plan" != "$tap_seen" ]; then
		reason="$tap_plan results were planned, $tap_seen came"
	elif [ -z "$reason" ] && [ -z "$tap_plan" ] && [ "$tap_seen" != 0 ]; then
		reason="ended after $tap_seen results without a plan, exit status $status"
	elif [ -z "$reason" ] && [ "$status" = 4 ] && [ "$tap_seen" != 0 ] && [ "$tap_bad" = 0 ]; then
		# Some of its tests were skipped, and are counted already.
		return 0
	fi
	if [ -n "$reason" ]; then
		tap_bad=$((tap_bad + 1))
		tap_result 'not ok' "$tap_name: $reason"
	elif [ "$tap_seen" = 0 ] && [ "$tap_bad" = 0 ]; then
		if [ "$status" = 4 ] || [ -n "$tap_why_skipped" ]; then
			tap_result ok "$tap_name" "${tap_why_skipped:-${tap_last:-no reason given}}"
		else
			tap_result ok "$tap_name"
		fi
	fi
}

tap_run()
{
	local status=0 line began=$SECONDS

	tap_begin "$1"
	exec 3< <(exec "${@:2}" 2>&1)
	tap_pid=$!
	while IFS= read -r line <&3; do
		tap_line "$line"
	done
	exec 3<&-
	wait "$tap_pid" || status=$?
	tap_pid=
	case "$status" in
	124 | 137) tap_end "$status" "ended by force after $((SECONDS - began)) s" ;;
	*) tap_end "$status" ;;
	esac
}

# Nothing may follow.
tap_finish()
{
	echo "1..$tap_number"
	echo "$tap_passed passed, $tap_failed failed, $tap_skipped skipped"
	[ "$tap_failed" = 0 ]
}
