// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: with what arguments a policy has its calls. Both the shadow's own check and the
 * filter that Linux gets are made of these rules.
 */
#include <fcntl.h>
#include <linux/ioprio.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "policy.h"

/* Of a type of sockets, without its flags. */
#define SOCK_TYPE_MASK 0xf
#define WHOLE UINT32_MAX
#define SET_ID (S_ISUID | S_ISGID)
/* open() takes no notice of its mode without one of these. */
#define HAS_MODE (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452 /* Linux 6.6 */
#endif

/*
 * A pair of datagram sockets is as good as any such socket: each end can send to others, which
 * have a name. Streams and packets in sequence have their peer for good.
 */
static const struct policy_rule rules[] = {
	{ SYS_socket, AF_INET, { { 0, WHOLE, AF_INET } } },
	{ SYS_socket, AF_INET, { { 0, WHOLE, AF_INET6 } } },
	{ SYS_socket, AF_UNIX, { { 0, WHOLE, AF_UNIX } } },
	{ SYS_socketpair, AF_UNIX, { { 0, WHOLE, AF_UNIX } } },
	{ SYS_socketpair, 0, { { 0, WHOLE, AF_UNIX }, { 1, SOCK_TYPE_MASK, SOCK_STREAM } } },
	{ SYS_socketpair, 0, { { 0, WHOLE, AF_UNIX }, { 1, SOCK_TYPE_MASK, SOCK_SEQPACKET } } },
	/* A file with these bits would have this user's rights given to whoever executes it. */
	{ SYS_chmod, 0, { { 1, SET_ID, 0 } } },
	{ SYS_fchmod, 0, { { 1, SET_ID, 0 } } },
	{ SYS_fchmodat, 0, { { 2, SET_ID, 0 } } },
	{ SYS_fchmodat2, 0, { { 2, SET_ID, 0 } } },
	{ SYS_mkdir, 0, { { 1, SET_ID, 0 } } },
	{ SYS_mkdirat, 0, { { 2, SET_ID, 0 } } },
	{ SYS_mknod, 0, { { 1, SET_ID, 0 } } },
	{ SYS_mknodat, 0, { { 2, SET_ID, 0 } } },
	{ SYS_creat, 0, { { 1, SET_ID, 0 } } },
	{ SYS_open, 0, { { 2, SET_ID, 0 } } },
	{ SYS_open, 0, { { 1, HAS_MODE, 0 } } },
	{ SYS_openat, 0, { { 3, SET_ID, 0 } } },
	{ SYS_openat, 0, { { 2, HAS_MODE, 0 } } },
	/* The machine's huge pages are not of any limit of a user's. */
	{ SYS_memfd_create, 0, { { 1, MFD_HUGETLB, 0 } } },
	/* The thread's own, and not of all that this user runs. */
	{ SYS_setpriority, 0, { { 0, WHOLE, PRIO_PROCESS }, { 1, WHOLE, 0 } } },
	{ SYS_ioprio_set, 0, { { 0, WHOLE, IOPRIO_WHO_PROCESS }, { 1, WHOLE, 0 } } },
};

static bool has_family(const struct policy *policy, int family)
{
	switch (family) {
	case AF_INET:
		return policy->inet;
	case AF_UNIX:
		return policy->unix_sockets;
	default:
		return true;
	}
}

const struct policy_rule *policy_rule(const struct policy *policy, unsigned int *i)
{
	while (*i < sizeof(rules) / sizeof(rules[0])) {
		const struct policy_rule *rule = &rules[(*i)++];

		if (policy->call[rule->nr] && has_family(policy, rule->family))
			return rule;
	}
	return NULL;
}

static bool holds(const struct policy_rule *rule, const uint64_t args[6])
{
	for (size_t i = 0; i < sizeof(rule->when) / sizeof(rule->when[0]); i++) {
		if ((args[rule->when[i].arg] & rule->when[i].mask) != rule->when[i].value)
			return false;
	}
	return true;
}

bool policy_allows(const struct policy *policy, unsigned int nr, const uint64_t args[6])
{
	const struct policy_rule *rule;
	unsigned int i = 0;

	if (!policy)
		return true;
	if (nr >= POLICY_CALLS || !policy->call[nr])
		return false;
	if (!policy->ruled[nr])
		return true;
	while ((rule = policy_rule(policy, &i))) {
		if (rule->nr == nr && holds(rule, args))
			return true;
	}
	return false;
}

void policy_mark_ruled(struct policy *policy)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		policy->ruled[rules[i].nr] = true;
}
