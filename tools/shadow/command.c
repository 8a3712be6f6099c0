// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: calls in which one argument says what another one means. What is not listed is not
 * passed on, since there may be pointers behind it.
 */
#include <asm/termbits.h>
#include <errno.h>
#include <linux/fs.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "args.h"

/* Linux's, not the C library's, which hides some of these. */
#define F_DUPFD 0
#define F_GETFD 1
#define F_SETFD 2
#define F_GETFL 3
#define F_SETFL 4
#define FASYNC 020000
#define F_GETLK 5
#define F_SETLK 6
#define F_SETLKW 7
#define F_GETOWN 9
#define F_GETSIG 11
#define F_GETOWN_EX 16
#define F_OFD_GETLK 36
#define F_OFD_SETLK 37
#define F_OFD_SETLKW 38
#define F_GETLEASE 1025
#define F_DUPFD_CLOEXEC 1030
#define F_SETPIPE_SZ 1031
#define F_GETPIPE_SZ 1032
#define F_ADD_SEALS 1033
#define F_GET_SEALS 1034
#define F_GET_RW_HINT 1035
#define F_SET_RW_HINT 1036
#define F_GET_FILE_RW_HINT 1037
#define F_SET_FILE_RW_HINT 1038

struct command {
	uint32_t number;
	struct arg arg;
};

static const struct command fcntl_commands[] = {
	{ F_DUPFD, V },
	{ F_GETFD, DROP },
	{ F_SETFD, V },
	{ F_GETFL, DROP },
	{ F_SETFL, V },
	{ F_GETLK, MEM(32) },
	{ F_SETLK, MEM(32) },
	{ F_SETLKW, MEM(32) },
	{ F_GETOWN, DROP },
	{ F_GETSIG, DROP },
	{ F_GETOWN_EX, MEM(8) },
	{ F_OFD_GETLK, MEM(32) },
	{ F_OFD_SETLK, MEM(32) },
	{ F_OFD_SETLKW, MEM(32) },
	{ F_GETLEASE, DROP },
	{ F_DUPFD_CLOEXEC, V },
	{ F_SETPIPE_SZ, V },
	{ F_GETPIPE_SZ, DROP },
	{ F_ADD_SEALS, V },
	{ F_GET_SEALS, DROP },
	{ F_GET_RW_HINT, MEM(8) },
	{ F_SET_RW_HINT, MEM(8) },
	{ F_GET_FILE_RW_HINT, MEM(8) },
	{ F_SET_FILE_RW_HINT, MEM(8) },
};

static const struct command ioctl_commands[] = {
	{ FIOCLEX, DROP },
	{ FIONCLEX, DROP },
	{ FIONBIO, MEM(4) },
	{ FIONREAD, MEM(4) },
	{ FIOQSIZE, MEM(8) },
	{ FICLONE, FD },
	{ FS_IOC_GETFLAGS, MEM(8) },
	{ FS_IOC_SETFLAGS, MEM(8) },
	{ FS_IOC_GETVERSION, MEM(8) },
	{ BLKGETSIZE64, MEM(8) },
	{ BLKSSZGET, MEM(4) },
	{ TCGETS, MEM(sizeof(struct termios)) },
	{ TCSETS, MEM(sizeof(struct termios)) },
	{ TCSETSW, MEM(sizeof(struct termios)) },
	{ TCSETSF, MEM(sizeof(struct termios)) },
	{ TCGETS2, MEM(sizeof(struct termios2)) },
	{ TCSETS2, MEM(sizeof(struct termios2)) },
	{ TCSETSW2, MEM(sizeof(struct termios2)) },
	{ TCSETSF2, MEM(sizeof(struct termios2)) },
	{ TCSBRK, V },
	{ TCXONC, V },
	{ TCFLSH, V },
	{ TIOCOUTQ, MEM(4) },
	{ TIOCGWINSZ, MEM(8) },
	{ TIOCSWINSZ, MEM(8) },
	{ TIOCGPGRP, MEM(4) },
	{ TIOCSPGRP, MEM(4) },
	{ TIOCGSID, MEM(4) },
	{ TIOCGPTN, MEM(4) },
	{ TIOCSPTLCK, MEM(4) },
	{ SIOCGIFINDEX, MEM(sizeof(struct ifreq)) },
	{ SIOCGIFNAME, MEM(sizeof(struct ifreq)) },
	{ SIOCGIFFLAGS, MEM(sizeof(struct ifreq)) },
	{ SIOCGIFADDR, MEM(sizeof(struct ifreq)) },
	{ SIOCGIFNETMASK, MEM(sizeof(struct ifreq)) },
	{ SIOCGIFBRDADDR, MEM(sizeof(struct ifreq)) },
	{ SIOCGIFHWADDR, MEM(sizeof(struct ifreq)) },
	{ SIOCGIFMTU, MEM(sizeof(struct ifreq)) },
};

#define SEM_GETPID 11
#define SEM_GETVAL 12
#define SEM_GETNCNT 14
#define SEM_GETZCNT 15
#define SEM_SETVAL 16

static const struct command semctl_commands[] = {
	{ IPC_RMID, DROP },
	{ IPC_STAT, MEM(104) },
	{ IPC_SET, MEM(104) },
	{ SEM_GETPID, DROP },
	{ SEM_GETVAL, DROP },
	{ SEM_GETNCNT, DROP },
	{ SEM_GETZCNT, DROP },
	{ SEM_SETVAL, V },
};

#define PR_SET_NAME 15
#define PR_GET_NAME 16

static const struct command prctl_commands[] = {
	{ PR_SET_NAME, MEM(16) },
	{ PR_GET_NAME, MEM(16) },
};

#define FIND(table, number) find(table, sizeof(table) / sizeof((table)[0]), number)

static const struct arg *find(const struct command *table, size_t n, uint64_t number)
{
	for (size_t i = 0; i < n; i++) {
		if (table[i].number == (uint32_t)number)
			return &table[i].arg;
	}
	return NULL;
}

static int64_t refuse(struct caller *caller, int error)
{
	caller->refusal = REFUSED_COMMAND;
	return error;
}

uint32_t call_ioctl_number(unsigned int i)
{
	return i < sizeof(ioctl_commands) / sizeof(ioctl_commands[0]) ? ioctl_commands[i].number :
									0;
}

int64_t call_fcntl(struct caller *caller, unsigned int nr, const uint64_t args[6])
{
	const struct arg *third = FIND(fcntl_commands, args[1]);
	struct arg arg[6] = { FD, V };

	if (!third)
		return refuse(caller, -EPERM);
	/* A terminal would send SIGIO without F_SETOWN, to all of its foreground group. */
	if ((uint32_t)args[1] == F_SETFL && (args[2] & FASYNC))
		return refuse(caller, -EPERM);
	arg[2] = *third;
	return call_checked(caller, nr, arg, args);
}

int64_t call_ioctl(struct caller *caller, unsigned int nr, const uint64_t args[6])
{
	const struct arg *third = FIND(ioctl_commands, args[1]);
	struct arg arg[6] = { FD, V };

	if (!fd_reachable(caller, args[0]))
		return -EBADF;
	if (!third)
		return refuse(caller, -ENOTTY);
	arg[2] = *third;
	return call_checked(caller, nr, arg, args);
}

int64_t call_semctl(struct caller *caller, unsigned int nr, const uint64_t args[6])
{
	const struct arg *fourth = FIND(semctl_commands, args[2]);
	struct arg arg[6] = { V, V, V };

	if (!fourth)
		return refuse(caller, -EPERM);
	arg[3] = *fourth;
	return call_checked(caller, nr, arg, args);
}

int64_t call_prctl(struct caller *caller, unsigned int nr, const uint64_t args[6])
{
	const struct arg *second = FIND(prctl_commands, args[0]);
	struct arg arg[6] = { V };

	if (!second)
		return refuse(caller, -EPERM);
	arg[1] = *second;
	return call_checked(caller, nr, arg, args);
}

/*
 * Options of these levels are flat memory, as long as their length says, but for those below, which
 * have pointers or descriptors in them, or lengths that do not count bytes.
 */
static const int flat_levels[] = { SOL_SOCKET, IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP, IPPROTO_UDP };

static const struct {
	int level;
	uint32_t first;
	uint32_t last;
} odd_options[] = {
	{ SOL_SOCKET, SO_ATTACH_FILTER, SO_ATTACH_FILTER },
	{ SOL_SOCKET, SO_ATTACH_BPF, SO_ATTACH_REUSEPORT_EBPF },
	/* Linux writes as many sources as the memory asks for, whatever its length is. */
	{ IPPROTO_IP, IP_MSFILTER, IP_MSFILTER },
	{ IPPROTO_IP, MCAST_MSFILTER, MCAST_MSFILTER },
	{ IPPROTO_IPV6, MCAST_MSFILTER, MCAST_MSFILTER },
	{ IPPROTO_IP, 64, UINT32_MAX }, /* packet filters and multicast routing */
	{ IPPROTO_IPV6, 64, 65 }, /* packet filters */
	{ IPPROTO_IPV6, 68, 69 },
	{ IPPROTO_IPV6, 80, UINT32_MAX }, /* where a packet filter leads to, multicast routing */
	{ IPPROTO_TCP, 19, 22 }, /* TCP_REPAIR and what belongs to it */
	{ IPPROTO_TCP, 35, UINT32_MAX }, /* TCP_ZEROCOPY_RECEIVE and later ones */
};

static bool option_is_flat(uint64_t level, uint64_t option)
{
	bool flat = false;

	for (size_t i = 0; i < sizeof(flat_levels) / sizeof(flat_levels[0]); i++)
		flat |= flat_levels[i] == (int)level;
	for (size_t i = 0; i < sizeof(odd_options) / sizeof(odd_options[0]); i++) {
		if (odd_options[i].level == (int)level &&
		    (uint32_t)option >= odd_options[i].first &&
		    (uint32_t)option <= odd_options[i].last)
			flat = false;
	}
	return flat;
}

int64_t call_setsockopt(struct caller *caller, unsigned int nr, const uint64_t args[6])
{
	static const struct arg arg[6] = { FD, V, V, BUF(4), V };

	if (!option_is_flat(args[1], args[2]))
		return refuse(caller, -EPERM);
	return call_checked(caller, nr, arg, args);
}

int64_t call_getsockopt(struct caller *caller, unsigned int nr, const uint64_t args[6])
{
	static const struct arg arg[6] = { FD, V, V, ADDR, SOCKLEN(3) };

	if (!option_is_flat(args[1], args[2]))
		return refuse(caller, -EPERM);
	return call_checked(caller, nr, arg, args);
}
