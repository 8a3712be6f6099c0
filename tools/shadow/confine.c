// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: closing the ways around the table of calls.
 *
 * A program that may open() and write() can write /proc/self/mem, and so the shadow's own memory.
 * For an ordinary user, a process that is not dumpable is root's there. For root, /proc is made
 * read-only in a mount namespace of the shadow, which still sees what is mounted outside later.
 * Other processes have theirs writable, as /proc/PID/root leads to: without CAP_SYS_PTRACE, only
 * to those of the same user that have no capability that the shadow has not. This keeps accidents
 * away, not somebody with all other rights of root: whom that matters to runs shadows as an
 * ordinary user.
 */
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "log.h"
#include "shadow.h"

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
static int drop_sys_ptrace(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	struct __user_cap_data_struct *word = &data[CAP_TO_INDEX(CAP_SYS_PTRACE)];

	if (syscall(SYS_capget, &header, data))
		return -errno;
	word->effective &= ~CAP_TO_MASK(CAP_SYS_PTRACE);
	word->permitted &= ~CAP_TO_MASK(CAP_SYS_PTRACE);
	word->inheritable &= ~CAP_TO_MASK(CAP_SYS_PTRACE);
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

void confine(void)
{
	int error;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (geteuid())
		return;
	error = make_proc_read_only();
	if (!error)
		error = drop_sys_ptrace();
	if (error)
		log_line(LOG_NOTICE, "cannot close the ways through /proc, a program of the peer "
				     "can write its shadow's memory",
			 "error=%d", -error);
}
