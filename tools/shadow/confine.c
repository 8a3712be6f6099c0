// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: closing the ways around the table of calls.
 *
 * A program that may open() and write() can write /proc/self/mem, and so the shadow's own memory.
 * For an ordinary user, a process that is not dumpable is root's there. For root, /proc is made
 * read-only in a mount namespace of the shadow, which still sees what is mounted outside later.
 * Other processes have theirs writable, as /proc/PID/root leads to: without CAP_SYS_PTRACE, only
 * to those of the same user that have no capability that the shadow has not. This keeps accidents
 * away, not somebody with all other rights of root: whom that matters to has a policy.
 *
 * With a policy, the shadow starts as root and becomes an ordinary user without capabilities, in a
 * mount namespace in which all but one directory is read-only; Landlock keeps it from opening what
 * is not below the policy's paths, and seccomp from calls that are not the policy's. A shadow that
 * cannot have all of that does not run.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "confine.h"
#include "fds.h"
#include "log.h"
#include "policy.h"

static int make_proc_read_only(void)
{
	const unsigned long flags = MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV |
				    MS_NOEXEC;

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) ||
	    mount(NULL, "/proc", NULL, flags, NULL))
		return -errno;
	return 0;
}

/* For good: nothing that could give it back is executed. */
static int drop_capabilities(uint64_t set)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data))
		return -errno;
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		uint32_t kept = ~(uint32_t)(set >> 32 * i);

		data[i].effective &= kept;
		data[i].permitted &= kept;
		data[i].inheritable &= kept;
	}
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

int confine_capabilities(void)
{
	return drop_capabilities(UINT64_MAX);
}

static int become_user(const struct policy *policy)
{
	if (setgroups(0, NULL) || setresgid(policy->gid, policy->gid, policy->gid) ||
	    setresuid(policy->uid, policy->uid, policy->uid))
		return -errno;
	return confine_capabilities();
}

/* A hard limit that is lower already stays as it is. */
static int set_limit(__rlimit_resource_t resource, rlim_t limit)
{
	struct rlimit both;

	if (getrlimit(resource, &both))
		return -errno;
	if (both.rlim_max > limit)
		both.rlim_max = limit;
	both.rlim_cur = both.rlim_max;
	return setrlimit(resource, &both) ? -errno : 0;
}

/* This one is a right, which root may give. */
static int set_priority(rlim_t limit)
{
	const struct rlimit both = { .rlim_cur = limit, .rlim_max = limit };

	if (!setrlimit(RLIMIT_RTPRIO, &both))
		return 0;
	return errno == EPERM ? set_limit(RLIMIT_RTPRIO, limit) : -errno;
}

int confine_limits(const struct policy *policy)
{
	const struct {
		__rlimit_resource_t resource;
		rlim_t limit;
	} limits[] = {
		{ RLIMIT_NPROC, policy->processes },
		{ RLIMIT_CPU, policy->cpu_seconds ? policy->cpu_seconds : RLIM_INFINITY },
		{ RLIMIT_FSIZE, policy->file_size },
		{ RLIMIT_AS, policy->memory },
		{ RLIMIT_CORE, 0 },
	};
	int error = geteuid() ? -EPERM : fds_set_limit(policy->files);

	for (size_t i = 0; !error && i < sizeof(limits) / sizeof(limits[0]); i++)
		error = set_limit(limits[i].resource, limits[i].limit);
	if (!error)
		error = set_priority(policy->priority);
	if (error)
		log_line(LOG_ERR,
			 "cannot set the policy's limits, a shadow with --config starts as root",
			 "error=%d", -error);
	return error;
}

/* Of Landlock, from confine_prepare() on. */
static int rules = -1;

static int replace_descriptors(const struct policy *policy)
{
	int null = open("/dev/null", O_RDWR);
	int error = null < 0 ? -errno : 0;

	for (int fd = 0; !error && fd < 3; fd++) {
		if (!(policy->inherit & 1 << fd) && null != fd && dup2(null, fd) < 0)
			error = -errno;
	}
	if (!error && (close_range(3, (unsigned int)log_fd() - 1, 0) ||
		       close_range((unsigned int)log_fd() + 1, ~0U, 0)))
		error = -errno;
	if (error)
		log_line(LOG_ERR, "cannot replace descriptors, is there a /dev/null", "error=%d",
			 -error);
	return error;
}

int confine_prepare(const struct policy *policy)
{
	int error = replace_descriptors(policy);
	int fd;

	if (error)
		return error;
	fd = confine_rules(policy);
	rules = fd < 0 ? fd : fds_own(fd);
	return rules < 0 ? rules : 0;
}

static void confine_little(void)
{
	int error = 0;

	if (!geteuid())
		error = make_proc_read_only();
	if (!geteuid() && !error)
		error = drop_capabilities(1ULL << CAP_SYS_PTRACE);
	if (error)
		log_line(LOG_NOTICE, "cannot close the ways through /proc, a program of the peer "
				     "can write its shadow's memory",
			 "error=%d", -error);
}

int confine(const struct policy *policy)
{
	int error;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (!policy) {
		confine_little();
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
		return 0;
	}
	error = confine_mounts(policy);
	if (error)
		return error;
	error = become_user(policy);
	if (error) {
		log_line(LOG_ERR, "cannot become the policy's user", "uid=%u gid=%u error=%d",
			 policy->uid, policy->gid, -error);
		return error;
	}
	/* Changing the user has made it so again, perhaps. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	error = confine_paths(rules);
	return error ? error : confine_calls(policy);
}
