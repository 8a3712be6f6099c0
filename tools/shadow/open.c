// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: openat2(2), whose flags and mode lie in memory.
 */
#include <errno.h>
#include <linux/openat2.h>
#include <sys/stat.h>

#include "args.h"

/* As much as Linux takes. */
#define HOW_MAX 4096

/* Linux itself wants a mode of 0 where no file is made. */
int64_t call_openat2(struct caller *caller, unsigned int nr, const uint64_t args[6])
{
	static const struct arg arg[6] = { FD, STR, V, V };
	uint64_t taken[6] = { args[0], args[1], 0, args[3] };
	const struct open_how *how;
	void *copy;
	int error;

	if (args[3] < sizeof(*how))
		return -EINVAL;
	if (args[3] > HOW_MAX)
		return -E2BIG;
	error = copy_in(caller, args[2], 1, args[3], &copy);
	if (error)
		return error;
	how = copy;
	/* As rules have it for calls whose mode is an argument. */
	if (caller->policy && how->mode & (S_ISUID | S_ISGID)) {
		caller->refusal = REFUSED_BY_POLICY;
		return -EPERM;
	}
	taken[2] = (uintptr_t)copy;
	return call_checked(caller, nr, arg, taken);
}
