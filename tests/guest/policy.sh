#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Programs of the reference peer with a policy: threads and forks on a device that only root can
# open, and what they may not do.

# shellcheck source=tests/guest/results.sh
. /test/results.sh
mkdir -p /tmp/policy && cd /tmp/policy || exit

run()
{
	nimbosctl run --config=demo "$@"
}

# Whoever runs them is not in the way.
umask 022
chmod 600 /dev/nimbos
echo 'nimbos-shadow:x:990:990::/var/lib/nimbos-shadow:/usr/sbin/nologin' >> /etc/passwd
echo 'nimbos-shadow:x:990:' >> /etc/group
mkdir -p /etc/nimbos /var/lib/nimbos-shadow
files=/var/lib/nimbos-shadow/demo
printf '[peer]\nnumber = 0\nimage = /lib/nimbos/nimbos-ref.bin\n' > /etc/nimbos/demo.conf
printf '[policy]\ninherit = stdout stderr\n' >> /etc/nimbos/demo.conf
printf '[peer]\nnumber = 1\n' > /etc/nimbos/other.conf
printf '[policy]\ninherit = stdout\nnetwork = yes\n' > /etc/nimbos/wrong.conf

check 'a peer starts' start
prints 'a policy whose directory is not there' 125 '*cannot find a path of the policy*' \
	sh -c 'nimbosctl run --config=demo echo hello 2>&1'
check 'it is made' install -d -o nimbos-shadow -g nimbos-shadow -m 700 $files
prints 'a program with a policy' 0 hello run echo hello
prints 'a policy that is wrong' 125 \
	"*/etc/nimbos/wrong.conf:3: \[policy\] has no key 'network'; there are user, *" \
	sh -c 'nimbosctl run --config=wrong echo hello 2>&1'
prints 'no policy' 125 '*/etc/nimbos/none.conf: cannot open it: No such file or directory' \
	sh -c 'nimbosctl run --config=none echo hello 2>&1'
mkdir /var/lib/nimbos-shadow/other
prints 'the configuration says which peer' 125 '*peer=1 *' \
	sh -c 'nimbosctl run --config=other echo hello 2>&1'
prints 'and the command line has the last word' 0 '' nimbosctl run --config=other --peer=0 echo hello

prints '15 threads' 0 'threads: ok n=15 calls=*' run threads 15 30
prints 'a wide tree of processes' 0 'fork: ok processes=13' run fork 2 3
prints 'a deep tree of processes' 0 'fork: ok processes=6' run fork 5 1
comes_true sh -c '! pgrep nimbos-opener'
result 'nobody opens the device any more' $?
prints 'mixed work' 0 'stress: ok rounds=* calls=*' run stress 5 $files
echo text > $files/file
prints 'a file of its own' 0 text run cat file
prints 'a file of somebody else' 1 "*call=open* path=\"/etc/passwd\" error=13 *
cat: /etc/passwd: errno 13" sh -c 'nimbosctl run --config=demo cat /etc/passwd 2>&1'
prints 'the device' 1 '*cat: /dev/nimbos: errno 13' \
	sh -c 'nimbosctl run --config=demo cat /dev/nimbos 2>&1'
check 'the peer stops' nimbosctl stop
finish
