// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: poll(2) and select(2), whose descriptors lie in memory.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/syscall.h>

#include "args.h"

/* Never open: to Linux a descriptor like any other that nobody has. */
#define NO_SUCH_FD INT_MAX

int64_t call_poll(struct caller *caller, unsigned int nr, const uint64_t args[6])
{
	uint64_t nfds = (uint32_t)args[1];
	struct pollfd *fds;
	uint64_t taken[6] = { 0 };
	void *copy;
	int64_t ret;

	/* What Linux checks against RLIMIT_NOFILE, which is no higher than the floor. */
	if (nfds > caller->fd_floor)
		return -EINVAL;
	ret = copy_in(caller, args[0], nfds, sizeof(*fds), &copy);
	if (ret)
		return ret;
	fds = copy;
	for (uint64_t i = 0; i < nfds; i++) {
		if (!fd_reachable(caller, (uint32_t)fds[i].fd))
			fds[i].fd = NO_SUCH_FD;
	}
	taken[0] = (uintptr_t)fds;
	taken[1] = nfds;
	taken[2] = args[2];
	/* ppoll() has a time-out in memory, then a signal mask, which is dropped. */
	if (nr == SYS_ppoll && args[2] && !in_window(caller, args[2], 16))
		return -EFAULT;
	ret = call_linux(nr, taken);
	if (ret < 0)
		return ret;
	for (uint64_t i = 0; i < nfds; i++)
		window_write(args[0] + i * sizeof(*fds) + offsetof(struct pollfd, revents),
			     &fds[i].revents, sizeof(fds[i].revents));
	return ret;
}

/*
 * Linux cuts the number of descriptors to the size of its table, which reaches beyond the floor:
 * so it is cut here, and the sets are never looked at that far.
 */
int64_t call_select(struct caller *caller, unsigned int nr, const uint64_t args[6])
{
	int32_t n = (int32_t)args[0];
	uint64_t taken[6];
	uint64_t size;

	if (n < 0)
		return -EINVAL;
	if ((uint32_t)n > caller->fd_floor)
		n = (int32_t)caller->fd_floor;
	size = ((uint64_t)n + 63) / 64 * 8;
	taken[0] = (uint64_t)n;
	for (int i = 1; i <= 4; i++) {
		taken[i] = args[i];
		if (args[i] && !in_window(caller, args[i], i == 4 ? 16 : size))
			return -EFAULT;
	}
	/* pselect6() has a signal mask, which is dropped. */
	taken[5] = 0;
	return call_linux(nr, taken);
}
