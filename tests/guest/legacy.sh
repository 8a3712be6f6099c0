#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# To be sourced in a guest by programs that test legacy peers. Their first process is a shell:
# peer/legacy/README.md.

# shellcheck source=tests/guest/results.sh
. /test/results.sh

# start_legacy IMAGE BACKEND: the peer. Of it are known its $version and how many $slots it has. Nobody
# tells version 1 of answers, nor Linux of its requests: its shadow polls for long.
start_legacy()
{
	version=${1%-*} slots=4 options='' form="--legacy=$1"
	case "$1" in
	v1) slots=1 options=--poll-us=1000000 ;;
	v2-many) slots=16 form="--legacy=v2 --slots=16" ;;
	v2-uintr) form=--legacy=v2 ;;
	esac
	export version slots
	# shellcheck disable=SC2086 # words
	nimbosctl start --image="/lib/nimbos/nimbos-$1.bin" --region=0x42000000+0x8000000 \
		--backend="$2" $form
}

# shell_begin: a shadow for the peer's shell, which does what is written to descriptor 9. What the
# one before has printed goes away here, not when the new shadow opens the file: whoever looks for
# something in it may come first.
shell_begin()
{
	rm -f input.fifo && mkfifo input.fifo && exec 9<> input.fifo
	: > output.txt
	# shellcheck disable=SC2086 # none, or one
	nimbos-shadow --legacy $options < input.fifo > output.txt 2> errors.txt 9<&- &
	shadow=$!
}

# shell_end: no more input; the shadow ends, and has to be told so with version 1.
shell_end()
{
	[ "$version" != v1 ] || kill "$shadow"
	exec 9>&-
	wait "$shadow"
	ended=$?
	[ "$version" != v1 ] || [ $ended != 143 ] || ended=0
	[ $ended = 0 ] || cat errors.txt >&2
	return $ended
}

shell_is_through()
{
	grep -qx 'nop: ok n=7' output.txt || ! kill -0 "$shadow"
}

# does LINES: the peer's shell does these; what it prints is in output.txt.
does()
{
	shell_begin
	printf '%s\nnop 7\n' "$1" >&9
	comes_true_in 600 shell_is_through
	shell_end && cat output.txt
}

# is_output TEXT: what the peer has printed.
is_output()
{
	[ "$(grep -vx 'nop: ok n=7' output.txt)" = "$1" ]
}

# copies SIZE: the peer copies a file of so many bytes; with version 1 in 32 parts at once, since 255
# bytes are the most that one request can carry.
copies()
{
	head -c "$1" /dev/urandom > input
	if [ "$version" = v1 ]; then
		mkdir parts
		for n in $(seq 0 31); do
			dd if=input of="parts/in.$(printf %03d "$n")" bs=$(($1 / 32)) skip="$n" count=1
		done 2> /dev/null
		does "poll 1
copies 32 /tmp/compat/parts
poll 0" && is_output "copies: ok files=32 bytes=$1" && cat parts/out.* > output
	else
		does 'copy /tmp/compat/input /tmp/compat/output' && is_output "copy: ok bytes=$1"
	fi && [ "$(sha256sum < input)" = "$(sha256sum < output)" ]
	status=$?
	rm -rf input output parts
	return $status
}

# does_print LINES TEXT: these lines make the peer print this.
does_print()
{
	does "$1" && is_output "$2"
}

# One thread's read waits, others go on.
console()
{
	shell_begin
	echo console >&9
	comes_true grep -x 'console: 100 calls meanwhile' output.txt
	status=$?
	echo 'a line, at last' >&9
	comes_true grep -x "console: 'a line, at last'" output.txt || status=1
	shell_end || status=1
	return $status
}
