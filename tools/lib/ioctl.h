/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * libnimbos: ioctls that return a negative errno.
 */
#ifndef NIMBOS_LIB_IOCTL_H
#define NIMBOS_LIB_IOCTL_H

#include <errno.h>
#include <sys/ioctl.h>

static inline int do_ioctl(int fd, unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg) < 0 ? -errno : 0;
}

#endif /* NIMBOS_LIB_IOCTL_H */
