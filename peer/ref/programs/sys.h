/* SPDX-License-Identifier: GPL-2.0 */
/*
 * System calls, as thin as they can be: all return a value or a negative errno.
 */
#ifndef REF_SYS_H
#define REF_SYS_H

#include <linux/nimbos_scf.h>

#include "errno.h"
#include "lib.h"
#include "rtos.h"
#include "sys6.h"

/* Linux's x86-64 numbers. */
enum {
	NR_READ = 0,
	NR_WRITE = 1,
	NR_OPEN = 2,
	NR_CLOSE = 3,
	NR_FSTAT = 5,
	NR_LSEEK = 8,
	NR_BRK = 12,
	NR_PREAD64 = 17,
	NR_PWRITE64 = 18,
	NR_READV = 19,
	NR_WRITEV = 20,
	NR_SCHED_YIELD = 24,
	NR_NANOSLEEP = 35,
	NR_GETPID = 39,
	NR_SOCKET = 41,
	NR_CONNECT = 42,
	NR_SENDMSG = 46,
	NR_RECVMSG = 47,
	NR_SHUTDOWN = 48,
	NR_SOCKETPAIR = 53,
	NR_FORK = 57,
	NR_EXIT = 60,
	NR_WAIT4 = 61,
	NR_FSYNC = 74,
	NR_UNLINK = 87,
	NR_GETPPID = 110,
	NR_GETTID = 186,
	NR_FUTEX = 202,
	NR_GETDENTS64 = 217,
	NR_EXIT_GROUP = 231,
	NR_NEWFSTATAT = 262,
	NR_PIPE2 = 293,
};

#define O_RDONLY 0
#define O_WRONLY 01
#define O_RDWR 02
#define O_CREAT 0100
#define O_TRUNC 01000
#define O_NONBLOCK 04000
#define O_DIRECTORY 0200000
#define AT_SYMLINK_NOFOLLOW 0x100
#define AF_UNIX 1
#define AF_INET 2
#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SHUT_WR 1

struct linux_stat {
	u64 dev, ino, nlink;
	u32 mode, uid, gid, pad0;
	u64 rdev;
	s64 size, blksize, blocks;
	u64 times[6];
	s64 reserved[3];
};

_Static_assert(sizeof(struct linux_stat) == 144, "struct stat of x86-64");

struct linux_dirent64 {
	u64 ino;
	s64 off;
	u16 reclen;
	u8 type;
	char name[];
};

struct linux_iovec {
	void *base;
	u64 len;
};

struct linux_timespec {
	s64 seconds;
	s64 ns;
};

struct linux_sockaddr_in {
	u16 family;
	u16 port; /* big-endian */
	u8 address[4];
	u8 zero[8];
};

static inline s64 sys_read(int fd, void *data, size_t size)
{
	return sys(NR_READ, fd, data, size);
}

static inline s64 sys_write(int fd, const void *data, size_t size)
{
	return sys(NR_WRITE, fd, data, size);
}

/* @path may be anywhere. */
static inline s64 sys_open(const char *path, int flags, int mode)
{
	char *copy = duplicate(path);
	s64 fd = sys(NR_OPEN, copy, flags, mode);

	release(copy, strlen(copy) + 1);
	return fd;
}

static inline s64 sys_unlink(const char *path)
{
	char *copy = duplicate(path);
	s64 ret = sys(NR_UNLINK, copy);

	release(copy, strlen(copy) + 1);
	return ret;
}

static inline s64 sys_close(int fd)
{
	return sys(NR_CLOSE, fd);
}

static inline s64 sys_fstat(int fd, struct linux_stat *stat)
{
	return sys(NR_FSTAT, fd, stat);
}

static inline s64 sys_pipe(int *fds, int flags)
{
	return sys(NR_PIPE2, fds, flags);
}

/* @status: where it goes, as wait4() has it. */
static inline s64 sys_wait(s64 pid, int *status)
{
	return sys(NR_WAIT4, pid, status, 0, 0);
}

static inline _Noreturn void sys_exit_group(int status)
{
	for (;;)
		sys(NR_EXIT_GROUP, status);
}

static inline void sys_sleep_ms(u64 ms)
{
	struct linux_timespec time = { ms / 1000, ms % 1000 * 1000000 };

	sys(NR_NANOSLEEP, &time, 0);
}

static inline s64 sys_waiting(u64 poll_ns, u64 timeout_ns)
{
	return sys(RTOS_NR_WAITING, poll_ns, timeout_ns);
}

/* How many calls this process has forwarded. */
static inline u64 sys_calls(void)
{
	struct rtos_info info;

	sys(RTOS_NR_INFO, &info);
	return info.calls;
}

/* Of a status that wait4() gave. */
static inline bool has_exited_with(int status, int code)
{
	return status == code << 8;
}

#endif /* REF_SYS_H */
