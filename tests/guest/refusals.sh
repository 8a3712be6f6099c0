#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# To be sourced after results.sh: what nimbosctl refuses. Each refusal is one line that
# names what failed, the value, what to do and the errno, and leaves the machine as it was.

# CPUs and memory as Linux and the module see them; a peer's heart beats on.
machine()
{
	cat /sys/devices/system/cpu/online /proc/iomem
	nimbosctl status | grep -v '^  heartbeat'
}

# is_refusal STATUS ERRNO VALUE: the outcome of a command in out and err is one.
is_refusal()
{
	[ "$1" = 1 ] || { echo "exit status $1 instead of 1"; return 1; }
	[ ! -s out ] || { echo 'something is on standard output'; return 1; }
	[ "$(wc -l < err)" = 1 ] || { echo 'standard error is not one line'; return 1; }
	grep -qF -- "$3" err || { echo "it does not name '$3'"; return 1; }
	grep -q '^nimbosctl: [a-z]*: .*; [a-z ]*' err || { echo 'it does not say what to do'; return 1; }
	[ "$2" = - ] || grep -q "($2)\$" err || { echo "it does not end with ($2)"; return 1; }
}

# refuses DESCRIPTION ERRNO VALUE COMMAND...: the errno is - if no errno tells what is wrong.
refuses()
{
	what=$1 errno=$2 value=$3
	shift 3
	machine > before 2>&1
	"$@" > out 2> err
	is_refusal $? "$errno" "$value" > why
	bad=$?
	machine > after 2>&1
	if ! cmp before after >> why; then
		bad=1
		diff before after >> why
	fi
	cat why >> err
	result "$what: $errno" $bad
}

# fault DESCRIPTION ERRNO VALUE COMMAND...: one of those that each have an errno of their own.
fault()
{
	echo "$2" >> errnos
	refuses "$@"
}

# all_differ FILE: no line is there twice.
all_differ()
{
	sort "$1" | uniq -d > twice
	cat twice
	[ -s "$1" ] && [ ! -s twice ]
}

# works: a peer starts, runs a program and stops, and nothing is left of it.
works()
{
	machine > before
	start && [ "$(nimbosctl run echo works)" = works ] && nimbosctl stop --unload || return
	machine > after
	cmp before after || { diff before after; return 1; }
}
