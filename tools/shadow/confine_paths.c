// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: what paths a policy leaves.
 *
 * Landlock decides what may be opened, made and removed, wherever a path leads to: it looks at
 * where the file is. What it does not know of (modes, owners, times, attributes, and cutting files
 * off before its third version) cannot be changed outside of the directory since all of that is
 * read-only in the shadow's mount namespace. That a file exists, and what it is, can be seen as its
 * directories' modes allow.
 *
 * What is behind a descriptor, a pipe for one, is no file of a directory, and Landlock lets it be
 * opened once more: so no path may lead to /proc, whose names for the shadow's own descriptors are
 * good for any of its threads.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <mntent.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "confine.h"
#include "log.h"
#include "policy.h"

/* Debian 12's Linux 6.1 has this version; headers are no newer, so that the rest is named here. */
#define LEAST_VERSION 2
#define ACCESS_FS_TRUNCATE (1ULL << 14) /* from version 3 on */
#define ACCESS_FS_IOCTL_DEV (1ULL << 15) /* from version 5 on */
#define SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0) /* from version 6 on */
#define SCOPE_SIGNAL (1ULL << 1)

struct ruleset_attr {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;
	uint64_t scoped;
};

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_FS_TRUNCATE | LANDLOCK_ACCESS_FS_REFER | \
	 LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
	 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | \
	 LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | \
	 LANDLOCK_ACCESS_FS_MAKE_SYM)
/* No path is given these. */
#define NEVER \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR | \
	 LANDLOCK_ACCESS_FS_MAKE_BLOCK | ACCESS_FS_IOCTL_DEV)
/* Of a file that is no directory. */
#define FILE_ACCESS \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_FS_TRUNCATE)

static int fail_path(const char *what, const char *path)
{
	char quoted[LOG_QUOTE_SIZE];
	int error = errno;

	log_line(LOG_ERR, what, "path=%s error=%d", log_quote(quoted, path), error);
	return -error;
}

static int set_attributes(const char *path, unsigned int flags, uint64_t set, uint64_t clear)
{
	struct mount_attr attr = { .attr_set = set, .attr_clr = clear };

	return mount_setattr(AT_FDCWD, path, flags, &attr, sizeof(attr));
}

/* Something empty over each /proc that there is, into which an ordinary user does not get. */
static int hide_proc(void)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	const struct mntent *entry;
	int error = 0;

	if (!mounts)
		return fail_path("cannot see what is mounted", "/proc/self/mounts");
	while (!error && (entry = getmntent(mounts))) {
		if (strcmp(entry->mnt_type, "proc"))
			continue;
		/* What is below another that is hidden already cannot be found any more. */
		if (mount("none", entry->mnt_dir, "tmpfs", 0, "mode=0,size=4k") && errno != ENOENT)
			error = fail_path("cannot hide processes' files", entry->mnt_dir);
	}
	endmntent(mounts);
	return error;
}

int confine_mounts(const struct policy *policy)
{
	const char *directory = policy->directory;
	const uint64_t restricted = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				    MOUNT_ATTR_NOEXEC;
	int error;

	/* What is mounted outside later, and may be written to, does not come here. */
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return fail_path("cannot have mounts of its own, the policy needs root", "/");
	/* With what is mounted below, which would be writable where it is not seen. */
	if (mount(directory, directory, NULL, MS_BIND | MS_REC, NULL))
		return fail_path("cannot use the policy's directory, make it and give it to the "
				 "policy's user", directory);
	error = hide_proc();
	if (error)
		return error;
	if (set_attributes("/", AT_RECURSIVE, restricted, 0))
		return fail_path("cannot make all mounts read-only", "/");
	if (set_attributes(directory, 0, 0, MOUNT_ATTR_RDONLY) || chdir(directory))
		return fail_path("cannot use the policy's directory", directory);
	return 0;
}

static int add_rule(int rules, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = access };
	struct stat st;
	int error = 0;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return fail_path("cannot find a path of the policy", path);
	if (!fstat(rule.parent_fd, &st) && !S_ISDIR(st.st_mode))
		rule.allowed_access &= FILE_ACCESS;
	if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0))
		error = fail_path("cannot make a rule of a path of the policy", path);
	close(rule.parent_fd);
	return error;
}

/* As much as this Linux knows. */
static uint64_t known_access(int version)
{
	uint64_t access = READ | WRITE | NEVER;

	if (version < 3)
		access &= ~ACCESS_FS_TRUNCATE;
	if (version < 5)
		access &= ~ACCESS_FS_IOCTL_DEV;
	return access;
}

static int make_rules(int version)
{
	struct ruleset_attr attr = { .handled_access_fs = known_access(version) };
	size_t size = sizeof(attr.handled_access_fs);

	if (version >= 6) {
		attr.scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
		size = sizeof(attr);
	}
	return (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
}

int confine_rules(const struct policy *policy)
{
	int version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
				   LANDLOCK_CREATE_RULESET_VERSION);
	int rules = version < LEAST_VERSION ? -1 : make_rules(version);
	uint64_t known;
	int error;

	if (rules < 0) {
		log_line(LOG_ERR, "no Landlock, which a policy needs, add landlock to lsm= on the "
				  "kernel command line",
			 "version=%d least=%d", version, LEAST_VERSION);
		return -EOPNOTSUPP;
	}
	known = known_access(version);
	error = add_rule(rules, policy->directory, (READ | WRITE) & known);
	for (unsigned int i = 0; !error && i < policy->read_only_count; i++)
		error = add_rule(rules, policy->read_only[i], READ);
	if (!error)
		return rules;
	close(rules);
	return error;
}

int confine_paths(int rules)
{
	int error = syscall(SYS_landlock_restrict_self, rules, 0) ? -errno : 0;

	close(rules);
	if (error)
		log_line(LOG_ERR, "cannot enforce the policy's paths by Landlock", "error=%d",
			 -error);
	return error;
}
