// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: calls that concern the shadow itself as a process.
 */
#include <errno.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "args.h"
#include "fds.h"

/* It stays one at least until it is waited for. */
static bool is_child(pid_t pid)
{
	siginfo_t info;

	return !waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT);
}

/*
 * Other processes, the shadows of children among them, may be killed one by one. A signal to the
 * caller itself is the peer's to deliver, and one to a group would hit the shadow. kill() takes the
 * ID of any thread for its process, so that those of the workers are the caller itself, too. With a
 * policy, only children may be killed.
 */
int64_t call_kill(struct caller *caller, unsigned int nr, const uint64_t args[6])
{
	static const struct arg arg[6] = { V, V };
	int32_t pid = (int32_t)args[0];

	if (pid <= 0) {
		caller->refusal = REFUSED_COMMAND;
		return -EPERM;
	}
	if (!tgkill(getpid(), pid, 0))
		return -ENOSYS;
	if (caller->policy && !is_child(pid)) {
		caller->refusal = REFUSED_BY_POLICY;
		return -EPERM;
	}
	return call_checked(caller, nr, arg, args);
}

/* What is left of it below the floor. Unsharing the descriptors would split the workers. */
int64_t call_close_range(struct caller *caller, unsigned int nr, const uint64_t args[6])
{
	uint32_t first = (uint32_t)args[0];
	uint32_t last = (uint32_t)args[1];
	uint64_t taken[6] = { first, last, (uint32_t)args[2] };

	if (first > last || (args[2] & ~(uint64_t)CLOSE_RANGE_CLOEXEC))
		return -EINVAL;
	if (first >= caller->fd_floor)
		return 0;
	if (last >= caller->fd_floor)
		taken[1] = caller->fd_floor - 1;
	return call_linux(nr, taken);
}

int64_t call_setrlimit(struct caller *caller, unsigned int nr, const uint64_t args[6])
{
	struct rlimit want;

	(void)nr;
	if (!in_window(caller, args[1], sizeof(want)))
		return -EFAULT;
	window_read(&want, args[1], sizeof(want));
	return fds_limit((uint32_t)args[0], &want);
}

int64_t call_prlimit(struct caller *caller, unsigned int nr, const uint64_t args[6])
{
	static const struct arg get[6] = { V, V, DROP, MEM(sizeof(struct rlimit)) };
	struct rlimit want;
	int64_t ret;

	if (args[2]) {
		if ((int32_t)args[0] && (int32_t)args[0] != getpid())
			return -EPERM;
		if (!in_window(caller, args[2], sizeof(want)))
			return -EFAULT;
		window_read(&want, args[2], sizeof(want));
	}
	ret = call_checked(caller, nr, get, args);
	if (ret || !args[2])
		return ret;
	return fds_limit((uint32_t)args[1], &want);
}
