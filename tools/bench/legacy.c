// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-bench: calls of a peer of SCF version 2.
 *
 * It has no call that does nothing. The peer's program makes the cheapest, IpiInit: nothing
 * changes, and Linux makes no system call for it. It notes when it was where, in cycles.
 */
#include <stdio.h>
#include <unistd.h>

#include "guest.h"

#define TIMES "/tmp/bench-times-v2"

/* The region of the peer that was stopped may be where such images are linked for. */
static int start(int cpu)
{
	return run("nimbosctl stop --unload > /dev/null; nimbosctl start --legacy=v2 --cpu=%d "
		   "--image=/lib/nimbos/nimbos-v2.bin > /dev/null", cpu);
}

static int make_calls(struct legacy_call *calls, unsigned int n)
{
	FILE *file;
	size_t got;

	if (run("echo nop %u " TIMES " | nimbos-shadow --legacy > /dev/null", n))
		return -1;
	file = fopen(TIMES, "r");
	got = file ? fread(calls, sizeof(*calls), n, file) : 0;
	if (file)
		fclose(file);
	unlink(TIMES);
	if (got == n)
		return 0;
	fprintf(stderr, "nimbos-bench: a peer of version 2 has noted %zu calls instead of %u\n",
		got, n);
	return -1;
}

int run_legacy(int cpu, struct legacy_call *calls, unsigned int n)
{
	int ret;

	if (start(cpu))
		return -1;
	ret = make_calls(calls, n);
	return run("nimbosctl stop --unload > /dev/null") ? -1 : ret;
}
