// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-bench guest: how long it takes that two processes of Linux wake each other, each asleep on
 * its CPU. That is what a null call by interrupt is compared with.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

#define WARM_UP 100

static int pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

static int round_trip(int write_fd, int read_fd)
{
	uint64_t one = 1;

	return write(write_fd, &one, sizeof(one)) == sizeof(one) &&
	       read(read_fd, &one, sizeof(one)) == sizeof(one) ? 0 : -1;
}

static _Noreturn void answer(int cpu, int ping, int pong)
{
	uint64_t one;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (pin(cpu))
		_exit(1);
	while (read(ping, &one, sizeof(one)) == sizeof(one))
		if (write(pong, &one, sizeof(one)) != sizeof(one))
			break;
	_exit(1);
}

static int play(struct series *series, int ping, int pong, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < WARM_UP; i++)
		if (round_trip(ping, pong))
			return -1;
	for (i = 0; i < n; i++) {
		double start = clock_ns();

		if (round_trip(ping, pong))
			return -1;
		series_add(series, clock_ns() - start);
	}
	return 0;
}

int measure_eventfd(struct series *series, const int cpus[2], unsigned int n)
{
	int ping = eventfd(0, EFD_CLOEXEC), pong = eventfd(0, EFD_CLOEXEC);
	cpu_set_t before;
	pid_t child = -1;
	int ret = -1;

	if (ping < 0 || pong < 0 || sched_getaffinity(0, sizeof(before), &before))
		goto out;
	child = fork();
	if (!child)
		answer(cpus[1], ping, pong);
	if (child > 0 && !pin(cpus[0])) {
		ret = play(series, ping, pong, n);
		sched_setaffinity(0, sizeof(before), &before);
	}
out:
	if (ret)
		fprintf(stderr, "nimbos-bench: eventfd ping-pong on CPUs %d and %d: %s\n", cpus[0],
			cpus[1], strerror(errno));
	if (child > 0) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	close(ping);
	close(pong);
	return ret;
}
