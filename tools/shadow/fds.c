// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: keeping its own descriptors apart from those of the peer's process.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "fds.h"

/* More than the shadow ever has: device, log, signals, a pipe, one for each lane of the sim. */
#define OWN_MAX 256

static rlim_t fd_floor;
/* Limits are changed by one thread at a time. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int fds_init(uint32_t *floor)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return -errno;
	if (limit.rlim_max <= 2 * OWN_MAX)
		return -EMFILE;
	if (limit.rlim_cur > FD_FLOOR_MAX)
		limit.rlim_cur = FD_FLOOR_MAX;
	if (limit.rlim_cur > limit.rlim_max - OWN_MAX)
		limit.rlim_cur = limit.rlim_max - OWN_MAX;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		return -errno;
	fd_floor = limit.rlim_cur;
	*floor = (uint32_t)fd_floor;
	return 0;
}

int fds_set_limit(uint32_t count)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return -errno;
	if (limit.rlim_max > 2 * FD_FLOOR_MAX)
		limit.rlim_max = 2 * FD_FLOOR_MAX;
	limit.rlim_cur = count < limit.rlim_max ? count : limit.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &limit) ? -errno : 0;
}

int fds_own(int fd)
{
	struct rlimit limit, raised;
	int own = -1;
	int error = 0;

	pthread_mutex_lock(&lock);
	if (getrlimit(RLIMIT_NOFILE, &limit)) {
		error = -errno;
	} else {
		raised = limit;
		raised.rlim_cur = fd_floor + OWN_MAX;
		if (setrlimit(RLIMIT_NOFILE, &raised))
			error = -errno;
	}
	if (!error) {
		own = fcntl(fd, F_DUPFD_CLOEXEC, (int)fd_floor);
		if (own < 0)
			error = -errno;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	pthread_mutex_unlock(&lock);
	close(fd);
	return error ? error : own;
}

int fds_limit(uint32_t resource, const struct rlimit *want)
{
	struct rlimit limit;
	int error = 0;

	if (resource != RLIMIT_NOFILE && resource != RLIMIT_FSIZE && resource != RLIMIT_CORE)
		return -EPERM;
	if (want->rlim_cur > want->rlim_max)
		return -EINVAL;
	if (resource == RLIMIT_NOFILE && want->rlim_cur > fd_floor)
		return -EPERM;
	pthread_mutex_lock(&lock);
	if (getrlimit((__rlimit_resource_t)resource, &limit))
		error = -errno;
	else if (want->rlim_max > limit.rlim_max)
		error = -EPERM;
	limit.rlim_cur = want->rlim_cur;
	if (!error && setrlimit((__rlimit_resource_t)resource, &limit))
		error = -errno;
	pthread_mutex_unlock(&lock);
	return error;
}

void fds_forked(void)
{
	pthread_mutex_init(&lock, NULL);
}

void fds_close_on_exec(void)
{
	for (int fd = 0; fd < (int)fd_floor; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags >= 0 && (flags & FD_CLOEXEC))
			close(fd);
	}
}
