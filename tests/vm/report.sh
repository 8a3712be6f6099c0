#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# To be sourced by run.sh: reads what guest/init.c reports, and judges it.
# Results are TAP, or the output and exit status of the one command with --exec.

# Set by run.sh: mode, expect, log, work.
# shellcheck disable=SC2154

# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"

report_ended=		# the guest carried out its plan
report_started=0	# how many programs were
report_failed=		# something that is no result of a program went wrong
report_status=1		# of --exec
running=		# kind and name of what runs in the guest
file=			# being taken out
held=			# an empty line, which is only printed if another one follows

# A failure that is no result of a program by itself.
report_failure()
{
	report_failed=1
	if [ "$mode" = exec ]; then
		say "$1"
	else
		[ "$tap_number" != 0 ] || echo "TAP version 13"
		tap_result 'not ok' "$1"
	fi
}

# Comment in TAP, and something for standard error next to --exec.
report_comment()
{
	if [ "$mode" = exec ]; then
		sed "s/^/$1: /" >&2
	else
		sed "s/^/# $1: /"
	fi
}

# What the running program left in the kernel's log and on the peer's console.
show_trouble()
{
	[ ${#kernel_lines[@]} = 0 ] || printf '%s\n' "${kernel_lines[@]}" | report_comment kernel
	tail -c "+$((peer_seen + 1))" "$log/peer.log" | tr -cd '\11\12\40-\176' |
		report_comment peer
}

report_begin()
{
	running=$1
	complaints=()
	kernel_lines=()
	peer_seen=$(stat -c %s "$log/peer.log")
	case "$running" in
	test\ *)
		report_started=$((report_started + 1))
		tap_begin "${running#test }"
		;;
	exec\ *) report_started=$((report_started + 1)) ;;
	esac
}

# report_end exit|signal|timeout NUMBER SECONDS
report_end()
{
	local reason='' name=${running#* } status=$2

	case "$1" in
	timeout) reason="timed out after $2 s" ;;
	signal) reason="killed by signal $2" ;;
	esac
	if [ ${#complaints[@]} != 0 ]; then
		reason+="${reason:+; }the kernel complained: ${complaints[0]}"
	fi
	case "$running" in
	test\ *)
		tap_end "$status" "$reason"
		[ "$tap_bad" = 0 ] || show_trouble
		echo "# $name took $3 s"
		;;
	exec\ *)
		[ -z "$reason" ] || report_failure "$reason"
		[ -n "$reason" ] || report_status=$status
		[ "$report_status" = 0 ] || show_trouble
		;;
	*)
		[ "$status" = 0 ] || reason=${reason:-exit status $status}
		if [ -n "$reason" ]; then
			report_failure "$name: $reason"
			show_trouble
		fi
		;;
	esac
	running=
}

report_output()
{
	case "$running" in
	test\ *) tap_line "$1" ;;
	exec\ *) printf '%s\n' "$1" ;;
	?*) kernel_lines+=("(output) $1") ;;
	esac
}

report_line()
{
	local line=$1 word

	if [ -n "$file" ] && [[ $line != @@* ]]; then
		echo "$line" >> "$work/base64"
		return
	fi
	if [[ $line = @@* ]]; then
		held=
	elif [ -n "$held" ]; then
		held=
		report_output ''
	fi
	case "$line" in
	'') held=1 ;;
	@@begin\ *) report_begin "${line#* }" ;;
	@@complaint\ *) complaints+=("${line#* }") ;;
	@@kernel\ *) kernel_lines+=("${line#* }") ;;
	@@end\ *)
		read -ra word <<< "$line"
		report_end "${word[@]:1}"
		;;
	@@file\ *)
		file=${line#* }
		: > "$work/base64"
		;;
	@@nofile\ *) report_failure "file to take out: ${line#* }" ;;
	@@eof)
		base64 -d "$work/base64" > "$file" || report_failure "$file arrived damaged"
		file=
		;;
	@@fatal\ *) report_failure "${line#* }" ;;
	@@done\ *) report_ended=1 ;;
	*) report_output "$line" ;;
	esac
}

# report_finish STATUS LIMIT PROGRAM...: QEMU exited, or timeout ended it.
report_finish()
{
	local status=$1 limit=$2 name
	shift 2

	if [ -z "$report_ended" ]; then
		if [ "$expect" = reset ] && [ "$status" = 0 ]; then
			report_status=0
			[[ $running != test\ * ]] || tap_end 0
		else
			name=${running#* }
			case "$status" in
			124 | 137) report_failure "${name:-guest}: the guest was cut off after $limit s" ;;
			0) report_failure "${name:-guest}: the guest reset itself" ;;
			*) report_failure "${name:-guest}: QEMU ended with status $status" ;;
			esac
			report_comment qemu < "$work/qemu.log"
			tail -n 120 "$log/console.log" | tr -cd '\11\12\40-\176' | report_comment console
			[ -z "$running" ] || show_trouble
		fi
	elif [ "$expect" = reset ]; then
		report_failure "the guest was expected to reset itself, and did not"
	fi
	while [ "$report_started" -lt $# ]; do
		report_started=$((report_started + 1))
		report_failure "${!report_started}: not run"
	done
	if [ "$mode" = exec ]; then
		[ -z "$report_failed" ] || [ "$report_status" != 0 ] || report_status=1
		return "$report_status"
	fi
	tap_finish
}
