// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: what calls a policy leaves, enforced by Linux.
 *
 * The filter is made from the table of calls, as the policy has it: should a check of the shadow's
 * own be wrong, what comes through is still one of these. Calls that workers need for themselves
 * are added, as narrow as they can be had.
 */
#include <asm/ioctl.h>
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/nimbos.h>

#include "call.h"
#include "confine.h"
#include "log.h"
#include "policy.h"

/* Of threads, of the memory that they use, of notifying and being notified, and of the log. */
static const int own_calls[] = {
	SYS_read,	    SYS_write,		    SYS_close,		 SYS_poll,
	SYS_ppoll,	    SYS_futex,		    SYS_munmap,		 SYS_madvise,
	SYS_brk,	    SYS_rt_sigaction,	    SYS_rt_sigprocmask,	 SYS_rt_sigreturn,
	SYS_restart_syscall, SYS_exit,		    SYS_exit_group,	 SYS_gettid,
	SYS_getpid,	    SYS_tgkill,		    SYS_set_robust_list, SYS_rseq,
	SYS_sched_yield,    SYS_sched_getaffinity,  SYS_sched_setscheduler, SYS_fcntl,
	SYS_pipe2,	    SYS_pidfd_open,	    SYS_wait4,		 SYS_waitid,
	SYS_recvmsg,	    SYS_sendmsg,	    SYS_pread64,	 SYS_getrandom,
	SYS_clock_gettime,  SYS_clock_nanosleep,
};

#define NEW_NAMESPACES \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
	 CLONE_NEWPID | CLONE_NEWNET)
#define THREAD (CLONE_VM | CLONE_SIGHAND | CLONE_THREAD)
/* Flags that are told apart; CLONE_NEWTIME is a signal's number to clone(). */
#define CLONE_MASK (THREAD | NEW_NAMESPACES | CLONE_PARENT | CLONE_PTRACE | CLONE_UNTRACED)

/* Linux looks at 32 bits of these arguments. */
#define IS(arg, value) SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, 0xffffffff, (uint32_t)(value))
#define HAS(arg, mask, value) SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, mask, value)

/* The shadow's own, whatever the policy has. */
static const struct rule {
	int nr;
	struct scmp_arg_cmp arg;
} narrow_calls[] = {
	{ SYS_mmap, HAS(2, PROT_EXEC, 0) },
	{ SYS_mprotect, HAS(2, PROT_EXEC, 0) },
	{ SYS_clone, HAS(0, CLONE_MASK, THREAD) },
	{ SYS_clone, HAS(0, CLONE_MASK, 0) },
	{ SYS_prctl, IS(0, PR_SET_NAME) },
	{ SYS_prctl, IS(0, PR_GET_NAME) },
	/* Its own limits, or looking at somebody else's. */
	{ SYS_prlimit64, IS(0, 0) },
	{ SYS_prlimit64, SCMP_CMP(2, SCMP_CMP_EQ, 0) },
	/* The device's. */
	{ SYS_ioctl, HAS(1, 0xffffff00, NIMBOS_TYPE << _IOC_TYPESHIFT) },
};

static bool is_narrow(const struct policy *policy, int nr)
{
	for (size_t i = 0; i < sizeof(narrow_calls) / sizeof(narrow_calls[0]); i++) {
		if (narrow_calls[i].nr == nr)
			return true;
	}
	return policy->ruled[nr];
}

static bool is_own(int nr)
{
	for (size_t i = 0; i < sizeof(own_calls) / sizeof(own_calls[0]); i++) {
		if (own_calls[i] == nr)
			return true;
	}
	return false;
}

static int allow(scmp_filter_ctx filter, int nr, unsigned int count, struct scmp_arg_cmp arg)
{
	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, nr, count, &arg);
}

static int allow_calls(scmp_filter_ctx filter, const struct policy *policy)
{
	int error = 0;

	for (int nr = 0; !error && nr < POLICY_CALLS; nr++) {
		if ((policy->call[nr] || is_own(nr)) && !is_narrow(policy, nr))
			error = allow(filter, nr, 0, (struct scmp_arg_cmp){ 0 });
	}
	return error;
}

static int allow_narrow(scmp_filter_ctx filter)
{
	int error = 0;

	for (size_t i = 0; !error && i < sizeof(narrow_calls) / sizeof(narrow_calls[0]); i++)
		error = allow(filter, narrow_calls[i].nr, 1, narrow_calls[i].arg);
	return error;
}

static int allow_ioctls(scmp_filter_ctx filter, const struct policy *policy)
{
	int error = 0;
	uint32_t number;

	if (!policy->call[SYS_ioctl])
		return 0;
	for (unsigned int i = 0; !error && (number = call_ioctl_number(i)); i++)
		error = allow(filter, SYS_ioctl, 1, IS(1, number));
	return error;
}

/* As policy_allows() has them. */
static int allow_by_rules(scmp_filter_ctx filter, const struct policy *policy)
{
	const struct policy_rule *rule;
	unsigned int next = 0;
	int error = 0;

	while (!error && (rule = policy_rule(policy, &next))) {
		struct scmp_arg_cmp args[2];
		unsigned int count = 0;

		for (size_t i = 0; i < 2; i++) {
			if (rule->when[i].mask)
				args[count++] = HAS(rule->when[i].arg, rule->when[i].mask,
						    rule->when[i].value);
		}
		error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, (int)rule->nr, count, args);
	}
	return error;
}

int confine_calls(const struct policy *policy)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int error = filter ? 0 : -ENOMEM;

	/* By a tree: calls are many, and frequent. */
	if (!error)
		error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	/* Its flags lie in memory: the C library does without. */
	if (!error)
		error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SYS_clone3, 0);
	if (!error)
		error = allow_calls(filter, policy);
	if (!error)
		error = allow_narrow(filter);
	if (!error)
		error = allow_ioctls(filter, policy);
	if (!error)
		error = allow_by_rules(filter, policy);
	if (!error)
		error = seccomp_load(filter);
	if (filter)
		seccomp_release(filter);
	if (error)
		log_line(LOG_ERR, "cannot enforce the policy's calls by seccomp", "error=%d",
			 -error);
	return error;
}
