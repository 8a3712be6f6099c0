// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: what the module keeps in debugfs.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "ctl.h"

int ctl_open_debugfs(const struct ctl *ctl, unsigned int peer, const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/debug/nimbos/peer%u/%s", peer, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	switch (errno) {
	case ENOENT:
		ctl_fail(ctl,
			 "there is no %s; load the module and mount debugfs with 'mount -t debugfs "
			 "none /sys/kernel/debug'; peers are numbered 0 to %d",
			 path, NIMBOS_MAX_PEERS - 1);
		break;
	case EACCES:
	case EPERM:
		ctl_fail(ctl, "%s may not be read; run this as root", path);
		break;
	default:
		ctl_fail(ctl, "%s cannot be opened: %s", path, strerror(errno));
	}
	return -1;
}
