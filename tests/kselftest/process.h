/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Processes of the peer, from a test: each is a nimbos-shadow, which ends with the status of what
 * it stands for.
 */
#ifndef NIMBOS_SELFTEST_PROCESS_H
#define NIMBOS_SELFTEST_PROCESS_H

#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "selftest.h"

#define SHADOW "/usr/bin/nimbos-shadow"
#define MAX_ARGS 16

/*
 * Starts a program of the peer; the arguments are strings and end with NULL. The shadow does not
 * poll: what is tested is the way through the module.
 */
static inline pid_t start_program(const char *program, ...)
{
	char *argv[MAX_ARGS + 5] = { SHADOW, "--window=4M", "--poll-us=0", "--", (char *)program };
	unsigned int argc = 5;
	pid_t pid;
	va_list args;

	va_start(args, program);
	while (argc < MAX_ARGS + 4 && (argv[argc] = va_arg(args, char *)))
		argc++;
	va_end(args);
	pid = fork();
	if (!pid) {
		/* A test that fails leaves no shadow behind. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execv(SHADOW, argv);
		_exit(127);
	}
	return pid;
}

/* Returns the exit status, or minus the signal that ended it. */
static inline int wait_for_program(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return -1000;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static inline void query_peer(int fd, struct nimbos_query *q)
{
	*q = (struct nimbos_query){ .size = sizeof(*q) };
	ioctl(fd, NIMBOS_IOC_QUERY, q);
}

/* Waits, as long as the harness lets it, until the peer has let go of all dead slots. */
static inline void wait_until_reaped(int fd)
{
	struct nimbos_query q;

	do {
		query_peer(fd, &q);
	} while (q.slots_dying && !usleep(1000));
}

/* Interrupts of the CPUs, once somebody has had user interrupts, which have been had by then. */
static inline int cpu_irqnums(int fd)
{
	struct nimbos_query q;

	query_peer(fd, &q);
	return q.uintr == NIMBOS_UINTR_OK ? 2 * (int)sysconf(_SC_NPROCESSORS_CONF) : 0;
}

/* What debugfs says after @what: "used N allocated N freed N"; -1 if that does not balance. */
static inline int in_use(const char *what, long long *allocated)
{
	FILE *pools = fopen("/sys/kernel/debug/nimbos/pools", "re");
	char line[256], format[64];
	long long freed = -1;
	int used = -1;

	*allocated = -1;
	snprintf(format, sizeof(format), "%s used %%d allocated %%lld freed %%lld", what);
	while (pools && fgets(line, sizeof(line), pools))
		if (sscanf(line, format, &used, allocated, &freed) == 3)
			break;
	if (pools)
		fclose(pools);
	return used == *allocated - freed ? used : -1;
}

#endif /* NIMBOS_SELFTEST_PROCESS_H */
