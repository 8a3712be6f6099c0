// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-bench: two processes of Linux wake each other, each asleep on its CPU. That is what a null
 * call by interrupt is compared with.
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
#include "mark.h"

#define WARM_UP 100

/* A process: what it is woken by. */
struct side {
	int fd;
	pid_t pid;
};

static int wake_by_eventfd(const struct side *other)
{
	uint64_t one = 1;

	return write(other->fd, &one, sizeof(one)) == sizeof(one) ? 0 : -1;
}

static int sleep_on_eventfd(const struct side *own)
{
	uint64_t one;

	return read(own->fd, &one, sizeof(one)) == sizeof(one) ? 0 : -1;
}

static int wake_by_signal(const struct side *other)
{
	return kill(other->pid, SIGUSR1);
}

static sigset_t only_sigusr1(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	return set;
}

static int sleep_until_signal(const struct side *own)
{
	sigset_t set = only_sigusr1();

	(void)own;
	return sigwaitinfo(&set, NULL) == SIGUSR1 ? 0 : -1;
}

static const struct mode {
	const char *name;
	int (*wake)(const struct side *other);
	int (*sleep)(const struct side *own);
} modes[] = {
	[BY_EVENTFD] = { "eventfd", wake_by_eventfd, sleep_on_eventfd },
	[BY_SIGNAL] = { "signal", wake_by_signal, sleep_until_signal },
};

static _Noreturn void answer(const struct mode *mode, int cpu, const struct side sides[2])
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (pin(cpu))
		_exit(1);
	while (!mode->sleep(&sides[1]) && !mode->wake(&sides[0]))
		;
	_exit(1);
}

static int round_trips(const struct mode *mode, const struct side sides[2], unsigned int n)
{
	int ret = 0;

	while (n-- && !ret)
		ret = mode->wake(&sides[1]) || mode->sleep(&sides[0]) ? -1 : 0;
	return ret;
}

static int marked_round_trips(const struct mode *mode, const struct side sides[2], unsigned int n)
{
	int ret = 0;

	for (unsigned int group; n && !ret; n -= group) {
		group = n < MARK_GROUP ? n : MARK_GROUP;
		mark_begin();
		ret = round_trips(mode, sides, group);
		mark_end();
	}
	return ret;
}

static int play(struct series *series, const struct mode *mode, const struct side sides[2],
		unsigned int n)
{
	int ret = round_trips(mode, sides, WARM_UP);

	if (!series && !ret)
		return marked_round_trips(mode, sides, n);
	while (n-- && !ret) {
		double start = clock_ns();

		ret = round_trips(mode, sides, 1);
		series_add(series, clock_ns() - start);
	}
	return ret;
}

int pingpong(struct series *series, enum pingpong how, const int cpus[2], unsigned int n)
{
	const struct mode *mode = &modes[how];
	struct side sides[2] = {
		{ .fd = eventfd(0, EFD_CLOEXEC), .pid = getpid() },
		{ .fd = eventfd(0, EFD_CLOEXEC), .pid = -1 },
	};
	sigset_t set = only_sigusr1(), signals_before;
	cpu_set_t cpus_before;
	int ret = -1;

	sigprocmask(SIG_BLOCK, &set, &signals_before);
	if (sides[0].fd < 0 || sides[1].fd < 0 ||
	    sched_getaffinity(0, sizeof(cpus_before), &cpus_before))
		goto out;
	sides[1].pid = fork();
	if (!sides[1].pid)
		answer(mode, cpus[1], sides);
	if (sides[1].pid > 0 && !pin(cpus[0])) {
		ret = play(series, mode, sides, n);
		sched_setaffinity(0, sizeof(cpus_before), &cpus_before);
	}
out:
	if (ret)
		fprintf(stderr, "nimbos-bench: %s ping-pong on CPUs %d and %d: %s\n", mode->name,
			cpus[0], cpus[1], strerror(errno));
	if (sides[1].pid > 0) {
		kill(sides[1].pid, SIGKILL);
		waitpid(sides[1].pid, NULL, 0);
	}
	close(sides[0].fd);
	close(sides[1].fd);
	sigprocmask(SIG_SETMASK, &signals_before, NULL);
	return ret;
}
