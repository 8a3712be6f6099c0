#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: while a peer has a CPU, what stops it is not removed
# Limit: 60

. tests/lint.sh

# peers STATE...: what nimbosctl lists from now on.
peers()
{
	local peer=0 state

	{
		echo 'PEER STATE CPU'
		for state in "$@"; do
			echo "$((peer++)) $state 1"
		done
	} > "$work/list"
}

# removal ACTION: what the package's script has to say, beside its exit status.
removal()
{
	PATH=$work/bin:$PATH sh debian/nimbos-tools.prerm "$1" 2>&1 | grep -v ': a peer has a CPU' |
		sed 's/ *nimbosctl //'
	echo "exit status ${PIPESTATUS[0]}"
}

# prints LINES COMMAND...: these and no others.
prints()
{
	"${@:2}" > "$work/output"
	diff <(printf '%s\n' "$1") "$work/output"
}

mkdir "$work/bin"
printf '#!/bin/sh\ncat %s/list\n' "$work" > "$work/bin/nimbosctl"
ln -s /bin/true "$work/bin/deb-systemd-invoke"
chmod +x "$work/bin/nimbosctl"

peers loaded stopped
lint 'no peer has a CPU' prints 'exit status 0' removal remove
peers running failed stopped
lint 'one runs, another has failed' prints "stop --peer=0 --unload
stop --peer=1 --unload
exit status 1" removal remove
lint 'an upgrade' prints 'exit status 0' removal upgrade
tap_finish
