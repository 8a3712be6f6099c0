// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-bench: what is done to the machine by commands.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "guest.h"

int run(const char *format, ...)
{
	char command[256];
	va_list args;
	int status;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	status = system(command);
	if (status)
		fprintf(stderr, "nimbos-bench: '%s' ended with status %d\n", command,
			WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	return status ? -1 : 0;
}

int set_third_cpu(bool online)
{
	return run("echo %d > /sys/devices/system/cpu/cpu%d/online", online, THIRD_CPU);
}

int start_peer(int cpu)
{
	return run("nimbosctl start --cpu=%d --image=/lib/nimbos/nimbos-ref.bin > /dev/null", cpu);
}

int stop_peer(void)
{
	return run("nimbosctl stop > /dev/null");
}

int pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (!sched_setaffinity(0, sizeof(set), &set))
		return 0;
	fprintf(stderr, "nimbos-bench: cannot run on CPU %d: %s\n", cpu, strerror(errno));
	return -1;
}
