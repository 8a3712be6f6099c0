// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: the table of calls, and executing them.
 */
#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "args.h"
#include "call.h"
#include "policy.h"

#ifndef __x86_64__
#error "calls.def has the numbers of x86-64: translate them where this processor's differ"
#endif

#define REMOTE(nr, name_, group_, ...) \
	[nr] = { .name = #name_, .class = CALL_REMOTE, .group = GROUP_##group_, \
		 .arg = { __VA_ARGS__ } },
#define HANDLED(nr, name_, group_, function, ...) \
	[nr] = { .name = #name_, .class = CALL_REMOTE, .group = GROUP_##group_, \
		 .handler = function },
#define LOCAL(nr, name_) [nr] = { .name = #name_, .class = CALL_LOCAL },
#define DUAL(nr, name_) [nr] = { .name = #name_, .class = CALL_DUAL },
#define DENIED(nr, name_) [nr] = { .name = #name_, .class = CALL_DENIED },
#define UNSUPPORTED(nr, name_) [nr] = { .name = #name_, .class = CALL_UNSUPPORTED },

static const struct call calls[] = {
#include "calls.def"
};

const struct call *call_lookup(unsigned int nr)
{
	static const struct call unknown;

	return nr < sizeof(calls) / sizeof(calls[0]) ? &calls[nr] : &unknown;
}

int64_t call_linux(unsigned int nr, const uint64_t args[6])
{
	long ret = syscall((long)nr, args[0], args[1], args[2], args[3], args[4], args[5]);

	return ret == -1 ? -errno : ret;
}

int64_t call_checked(struct caller *caller, unsigned int nr, const struct arg arg[6],
		     const uint64_t args[6])
{
	uint64_t taken[6];
	int64_t ret;

	for (unsigned int i = 0; i < 6; i++) {
		ret = arg_take(caller, &arg[i], args, i, &taken[i]);
		if (ret)
			return ret;
	}
	ret = call_linux(nr, taken);
	/* With ERANGE, it is how much there should have been. */
	if ((ret >= 0 || ret == -ERANGE) && caller->socklen_to)
		window_write(caller->socklen_to, &caller->socklen, sizeof(caller->socklen));
	return ret;
}

/*
 * With a policy, all that is outside of its directory is on mounts that are read-only, and others:
 * that is how, and not why it was refused.
 */
static int64_t as_policy_has_it(const struct caller *caller, unsigned int nr, int64_t ret)
{
	if (ret == -EROFS || (ret == -EXDEV && caller->string && nr != SYS_openat2))
		return -EACCES;
	return ret;
}

static enum refusal refusal(const struct policy *policy, enum call_class class, unsigned int nr,
			    const uint64_t args[6])
{
	switch (class) {
	case CALL_UNKNOWN:
		return REFUSED_UNKNOWN;
	case CALL_DENIED:
		return REFUSED_ALWAYS;
	case CALL_REMOTE:
		return policy_allows(policy, nr, args) ? REFUSED_NOT : REFUSED_BY_POLICY;
	default:
		return REFUSED_ELSEWHERE;
	}
}

int64_t call_execute(struct caller *caller, unsigned int nr, const uint64_t args[6])
{
	const struct call *call = call_lookup(nr);
	int64_t ret;

	caller->refusal = refusal(caller->policy, call->class, nr, args);
	if (caller->refusal)
		return caller->refusal == REFUSED_ALWAYS ||
				       caller->refusal == REFUSED_BY_POLICY ? -EPERM : -ENOSYS;
	caller->string = NULL;
	caller->scratch_used = 0;
	caller->socklen_to = 0;
	if (call->handler)
		ret = call->handler(caller, nr, args);
	else
		ret = call_checked(caller, nr, call->arg, args);
	return caller->policy ? as_policy_has_it(caller, nr, ret) : ret;
}
