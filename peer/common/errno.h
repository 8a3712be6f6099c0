/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Linux's numbers: the kernel's own errors look to a program like those of Linux.
 */
#ifndef COMMON_ERRNO_H
#define COMMON_ERRNO_H

#define ENOENT 2
#define ESRCH 3
#define EINTR 4
#define ENOEXEC 8
#define EBADF 9
#define ECHILD 10
#define EAGAIN 11
#define ENOMEM 12
#define EFAULT 14
#define EBUSY 16
#define EINVAL 22
#define ENOSYS 38
#define EPROTO 71
#define ECONNRESET 104
#define ETIMEDOUT 110

#endif /* COMMON_ERRNO_H */
