#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Peers without reserved memory: in huge pages, of which there is one of 1 GiB at first. On two CPUs.

# shellcheck source=tests/guest/results.sh
. /test/results.sh
# shellcheck source=tests/guest/refusals.sh
. /test/refusals.sh
mkdir -p /tmp/huge-pages && cd /tmp/huge-pages || exit

pools=/sys/kernel/mm/hugepages
small=$pools/hugepages-2048kB
large=$pools/hugepages-1048576kB

# has_free POOL N: so many are free, and none is spoken for.
has_free()
{
	cat "$1/free_hugepages" "$1/resv_hugepages"
	[ "$(cat "$1/free_hugepages")" = "$2" ] && [ "$(cat "$1/resv_hugepages")" = 0 ]
}

# has_memory SIZE KIND
has_memory()
{
	nimbosctl status > now
	cat now
	grep "^  region  *0x[0-9a-f]*+$1, " now && grep "^  memory  *$2\$" now
}

# same_region: the peer's memory is where it was when this was asked last.
same_region()
{
	grep -o 'region  *[^,]*' now > before
	nimbosctl status | grep -o 'region  *[^,]*' | cmp before -
}

# What is refused.
refuses 'no huge pages' - 'of 2 MiB are free, and 16 are needed' start --huge-pages=32M
prints 'a size that no region has' 2 '' nimbosctl start --image=$image --huge-pages=3M
prints 'a size that is too small' 2 '' nimbosctl start --image=$image --huge-pages=2M
prints 'memory that is said twice' 2 '' \
	nimbosctl start --image=$image --huge-pages=32M --region=0x3a000000+32M
prints 'a legacy image' 2 '' nimbosctl start --image=$image --legacy=v2 --huge-pages=128M
cp err said
check 'it is said that legacy images need reserved memory' grep 'reserve memory there' said
prints 'doctor without them' 0 'fail *no huge pages are there *memory-not-reserved?' \
	sh -c 'nimbosctl doctor | grep " memory "'

# Pages of 2 MiB.
echo 40 > $small/nr_hugepages
check 'there are huge pages' has_free $small 40
prints 'doctor with them' 0 'ok       memory        no memory is reserved, but 40 huge pages *' \
	sh -c 'nimbosctl doctor | grep " memory "'
check 'a peer starts' start --huge-pages=32M
check 'it has them' has_memory 0x2000000 '2M pages'
prints 'list' 0 'PEER *running  1     0x*+0x02000000  2M pages  0 *' nimbosctl list
check 'the others are free' has_free $small 24
prints 'its programs run' 0 hello nimbosctl run echo hello
prints 'it can be dumped' 0 '' sh -c 'nimbosctl dump --output=dump > /dev/null'
rm -f dump
check 'it starts again' nimbosctl restart --image=$image --timeout=60000 --heartbeat=60000
check 'in the same memory' same_region
prints 'its programs run' 0 hello nimbosctl run echo hello
check 'it starts again, asked for as much' \
	nimbosctl restart --image=$image --timeout=60000 --heartbeat=60000 --huge-pages=32M
check 'in the same memory' same_region
check 'it starts again with less' \
	nimbosctl restart --image=$image --timeout=60000 --heartbeat=60000 --huge-pages=16M
check 'it has that' has_memory 0x1000000 '2M pages'
check 'what it had is free' has_free $small 32
refuses 'more than there are' - 'and 64 are needed' start --peer=1 --huge-pages=128M
check 'it stops' nimbosctl stop
check 'it has its memory yet' has_free $small 32
check 'it is unloaded' nimbosctl stop --unload
check 'all are free' has_free $small 40
printf '\353\376' > mute
prints 'a peer that does not start' 1 '' \
	nimbosctl start --image=mute --timeout=300 --huge-pages=32M
check 'all are free after that' has_free $small 40

# A page of 1 GiB.
check 'there is a page of 1 GiB' has_free $large 1
check 'a peer starts in it' start --huge-pages=1G
check 'it has it' has_memory 0x40000000 '1G pages'
check 'no other is free' has_free $large 0
prints 'its programs run' 0 hello nimbosctl run echo hello
check 'it stops' nimbosctl stop
check 'the page is its own yet' has_free $large 0
check 'the module is unloaded' rmmod nimbos
check 'the page is free' has_free $large 1

echo 0 > $small/nr_hugepages
check 'Linux has all pages back' has_free $small 0
check 'all CPUs are there' has_cpus 0-1
finish
