#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Summary: man pages, by mandoc; and that nothing is missing in them
# Limit: 300

. tests/lint.sh

make -s tools > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }

# text PAGE: as a terminal shows it, of any width.
text()
{
	mandoc -T ascii -O width=200 "tools/man/$1" | col -bx
}

# section PAGE TITLE: the text under a heading, up to the next of its kind.
section()
{
	text "$1" | awk -v title="$2" '
		/^ ? ? ?[^ ]/ { inside = $0 ~ "^ *" title "$" }
		inside'
}

# options: the options of a help text, a line for each, as "-p, --peer".
options()
{
	sed -n 's/^ *\(\(-[a-zA-Z], \)\?--[a-z-]*\).*/\1/p' | LC_ALL=C sort
}

# described: the same of a page.
described()
{
	sed -n 's/^ *\(\(-[a-zA-Z], \)\?--[a-z-]*\)\(=.*\)\?$/\1/p' | LC_ALL=C sort
}

# same HELP PAGE: both have the same options, but for those of all commands, which are in one place.
same()
{
	diff -U0 --label help --label page <(grep -v -e '^$' -e --json -e --help <<< "$1") \
		<(grep -v -e '^$' -e --json -e --help <<< "$2")
}

# words TEXT: each of the words that are read is in the text.
words()
{
	local word bad=0

	while IFS= read -r word; do
		grep -qw -- "$word" <<< "$1" || { echo "$word is missing"; bad=1; }
	done
	return "$bad"
}

compiles()
{
	make -s -C tools install DESTDIR="$work/root" PREFIX=/usr > "$work/log" 2>&1 ||
		{ cat "$work/log"; return 1; }
	text libnimbos.3 | sed -n '/^EXAMPLES/,/^SEE ALSO/p' | sed '1d;$d' > "$work/example.c"
	gcc -Wall -Wextra -Werror -I "$work/root/usr/include" -o "$work/example" "$work/example.c" \
		"$work/root/usr/lib/libnimbos.a" -pthread || return
	# It has nothing to ask here, and says so.
	"$work/example" > "$work/said" 2>&1 || [ -s "$work/said" ]
}

ctl=build/tools/nimbosctl
mapfile -t pages < <(sources 'tools/man/*.[1-8]')
for page in "${pages[@]}"; do
	lint "$page" silent mandoc -T lint -W warning "$page"
done
for command in $($ctl help | sed -n 's/^  \([a-z]\{1,\}\)  *[a-z].*/\1/p'); do
	[ "$command" != run ] || continue
	lint "nimbosctl.8: options of $command" same "$($ctl help "$command" | options)" \
		"$(section nimbosctl.8 "$command" | described)"
done
lint 'nimbosctl.8: options of all commands' words "$(section nimbosctl.8 DESCRIPTION)" \
	< <($ctl help | grep -o -- '--[a-z]*')
lint 'nimbos-shadow.1: options' same "$(build/tools/nimbos-shadow --help | options)" \
	"$(text nimbos-shadow.1 | described)"
lint 'nimbosctl.8: causes that doctor names' words "$(section nimbosctl.8 DIAGNOSTICS)" \
	< <(cat tools/ctl/doctor_*.c | grep -o '"[a-z0-9]*-[a-z0-9-]*"' | tr -d '"' | grep -v '^-' |
		grep -E '^(apic|config|cpus|device|isolation|kernel|memory|module|processor|pti|uintr|vectors)-')
# keys: the keys of nimbos.conf(5) that a page describes below a section's name.
keys()
{
	awk -v title="$1" '/^\.S[sh]/ { inside = $0 == ".Ss [" title "]" }
		inside && /^\.It Cm/ { print $3 }' tools/man/nimbos.conf.5 | LC_ALL=C sort
}

lint 'nimbos.conf.5: keys of [peer]' diff -U0 <(keys peer) <($ctl help start | options |
	sed 's/.*--//; s/^peer$/number/' | grep -v -x -e json -e help | LC_ALL=C sort)
lint 'nimbos.conf.5: keys of [service]' diff -U0 <(keys service) <(sed -n \
	's/.*CONFIG_KEY("service", "\([a-z-]*\)".*/\1/p' tools/ctl/service_config.c | LC_ALL=C sort)
lint 'nimbos.conf.5: keys of [policy]' diff -U0 <(keys policy) <(sed -n \
	's/.*CONFIG_KEY("policy", "\([a-z-]*\)".*/\1/p' tools/shadow/policy.c | LC_ALL=C sort)
lint 'nimbos.conf.5: words for calls' words "$(text nimbos.conf.5)" \
	< <(sed -n 's/.*\.name = "@\([a-z]*\)".*/\1/p' tools/shadow/policy.c)
lint 'nimbos.4: ioctls' words "$(text nimbos.4)" \
	< <(sed -n 's/^#define \(NIMBOS_IOC_[A-Z_]*\).*/\1/p' uapi/linux/nimbos.h uapi/linux/nimbos_legacy.h)
lint 'libnimbos.3: functions' words "$(text libnimbos.3)" \
	< <(sed -n 's/^\t\t\([a-z_]*\);$/\1/p' tools/lib/libnimbos.map)
lint 'libnimbos.3: the example' compiles
tap_finish
