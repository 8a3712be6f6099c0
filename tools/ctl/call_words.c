// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: arguments of forwarded calls in words: flags and the like, as in Linux's headers.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "call_table.h"

/**
 * struct word - a name for a part of a value
 * @mask: the part
 * @value: what it is
 * @name: how that is written; NULL ends a table
 */
struct word {
	uint64_t mask;
	uint64_t value;
	const char *name;
};

#define FLAG(name) { name, name, #name }
#define ONE_OF(name) { UINT64_MAX, name, #name }
#define PART(mask, name) { mask, name, #name }
#define END { 0, 0, NULL }

static const struct word open_words[] = {
	PART(O_ACCMODE, O_RDONLY), PART(O_ACCMODE, O_WRONLY), PART(O_ACCMODE, O_RDWR),
	FLAG(O_CREAT), FLAG(O_EXCL), FLAG(O_NOCTTY), FLAG(O_TRUNC), FLAG(O_APPEND),
	FLAG(O_NONBLOCK), FLAG(O_SYNC), FLAG(O_DSYNC), FLAG(O_ASYNC), FLAG(O_DIRECT),
	FLAG(O_TMPFILE), FLAG(O_DIRECTORY), FLAG(O_NOFOLLOW), FLAG(O_NOATIME), FLAG(O_CLOEXEC),
	FLAG(O_PATH), { 0100000, 0100000, "O_LARGEFILE" }, END,
};

static const struct word fd_words[] = {
	FLAG(O_CLOEXEC), FLAG(O_NONBLOCK), FLAG(O_DIRECT), END,
};

static const struct word seek_words[] = {
	ONE_OF(SEEK_SET), ONE_OF(SEEK_CUR), ONE_OF(SEEK_END), ONE_OF(SEEK_DATA), ONE_OF(SEEK_HOLE),
	END,
};

static const struct word access_words[] = {
	ONE_OF(F_OK), FLAG(R_OK), FLAG(W_OK), FLAG(X_OK), END,
};

static const struct word at_words[] = {
	FLAG(AT_SYMLINK_NOFOLLOW), FLAG(AT_REMOVEDIR), FLAG(AT_SYMLINK_FOLLOW),
	FLAG(AT_NO_AUTOMOUNT), FLAG(AT_EMPTY_PATH), END,
};

static const struct word access_at_words[] = {
	FLAG(AT_EACCESS), FLAG(AT_SYMLINK_NOFOLLOW), FLAG(AT_EMPTY_PATH), END,
};

static const struct word fcntl_words[] = {
	ONE_OF(F_DUPFD), ONE_OF(F_GETFD), ONE_OF(F_SETFD), ONE_OF(F_GETFL), ONE_OF(F_SETFL),
	ONE_OF(F_GETLK), ONE_OF(F_SETLK), ONE_OF(F_SETLKW), ONE_OF(F_GETOWN), ONE_OF(F_GETSIG),
	ONE_OF(F_OFD_GETLK), ONE_OF(F_OFD_SETLK), ONE_OF(F_OFD_SETLKW), ONE_OF(F_GETLEASE),
	ONE_OF(F_DUPFD_CLOEXEC), ONE_OF(F_SETPIPE_SZ), ONE_OF(F_GETPIPE_SZ), ONE_OF(F_ADD_SEALS),
	ONE_OF(F_GET_SEALS), END,
};

static const struct word ioctl_words[] = {
	ONE_OF(FIOCLEX), ONE_OF(FIONCLEX), ONE_OF(FIONBIO), ONE_OF(FIONREAD), ONE_OF(TCGETS),
	ONE_OF(TCSETS), ONE_OF(TCSETSW), ONE_OF(TCSETSF), ONE_OF(TIOCGWINSZ), ONE_OF(TIOCSWINSZ),
	ONE_OF(TIOCGPGRP), ONE_OF(TIOCSPGRP), ONE_OF(TIOCOUTQ), END,
};

static const struct word family_words[] = {
	ONE_OF(AF_UNSPEC), ONE_OF(AF_UNIX), ONE_OF(AF_INET), ONE_OF(AF_INET6), ONE_OF(AF_NETLINK),
	ONE_OF(AF_PACKET), ONE_OF(AF_VSOCK), END,
};

static const struct word socket_words[] = {
	PART(0xf, SOCK_STREAM), PART(0xf, SOCK_DGRAM), PART(0xf, SOCK_RAW),
	PART(0xf, SOCK_SEQPACKET), FLAG(SOCK_CLOEXEC), FLAG(SOCK_NONBLOCK), END,
};

static const struct word shut_words[] = {
	ONE_OF(SHUT_RD), ONE_OF(SHUT_WR), ONE_OF(SHUT_RDWR), END,
};

static const struct word level_words[] = {
	ONE_OF(SOL_SOCKET), END,
};

static const struct word message_words[] = {
	FLAG(MSG_OOB), FLAG(MSG_PEEK), FLAG(MSG_DONTROUTE), FLAG(MSG_CTRUNC), FLAG(MSG_TRUNC),
	FLAG(MSG_DONTWAIT), FLAG(MSG_EOR), FLAG(MSG_WAITALL), FLAG(MSG_NOSIGNAL), FLAG(MSG_MORE),
	FLAG(MSG_WAITFORONE), FLAG(MSG_CMSG_CLOEXEC), END,
};

static const struct word protection_words[] = {
	ONE_OF(PROT_NONE), FLAG(PROT_READ), FLAG(PROT_WRITE), FLAG(PROT_EXEC), END,
};

static const struct word map_words[] = {
	PART(MAP_TYPE, MAP_SHARED), PART(MAP_TYPE, MAP_PRIVATE), FLAG(MAP_ANONYMOUS),
	FLAG(MAP_FIXED), FLAG(MAP_NORESERVE), FLAG(MAP_POPULATE), FLAG(MAP_STACK), END,
};

static const struct word clock_words[] = {
	ONE_OF(CLOCK_REALTIME), ONE_OF(CLOCK_MONOTONIC), ONE_OF(CLOCK_PROCESS_CPUTIME_ID),
	ONE_OF(CLOCK_THREAD_CPUTIME_ID), ONE_OF(CLOCK_MONOTONIC_RAW),
	ONE_OF(CLOCK_REALTIME_COARSE), ONE_OF(CLOCK_MONOTONIC_COARSE), ONE_OF(CLOCK_BOOTTIME),
	ONE_OF(CLOCK_TAI), END,
};

static const struct word sleep_words[] = {
	FLAG(TIMER_ABSTIME), END,
};

static const struct word epoll_words[] = {
	ONE_OF(EPOLL_CTL_ADD), ONE_OF(EPOLL_CTL_DEL), ONE_OF(EPOLL_CTL_MOD), END,
};

static const struct word eventfd_words[] = {
	FLAG(EFD_SEMAPHORE), FLAG(EFD_CLOEXEC), FLAG(EFD_NONBLOCK), END,
};

static const struct word random_words[] = {
	FLAG(GRND_NONBLOCK), FLAG(GRND_RANDOM), END,
};

static const struct word memfd_words[] = {
	FLAG(MFD_CLOEXEC), FLAG(MFD_ALLOW_SEALING), FLAG(MFD_HUGETLB), END,
};

static const struct word fallocate_words[] = {
	FLAG(FALLOC_FL_KEEP_SIZE), FLAG(FALLOC_FL_PUNCH_HOLE), FLAG(FALLOC_FL_COLLAPSE_RANGE),
	FLAG(FALLOC_FL_ZERO_RANGE), FLAG(FALLOC_FL_INSERT_RANGE), END,
};

static const struct word wait_words[] = {
	FLAG(WNOHANG), FLAG(WUNTRACED), FLAG(WEXITED), FLAG(WCONTINUED), FLAG(WNOWAIT), END,
};

static const struct word limit_words[] = {
	ONE_OF(RLIMIT_CPU), ONE_OF(RLIMIT_FSIZE), ONE_OF(RLIMIT_DATA), ONE_OF(RLIMIT_STACK),
	ONE_OF(RLIMIT_CORE), ONE_OF(RLIMIT_RSS), ONE_OF(RLIMIT_NPROC), ONE_OF(RLIMIT_NOFILE),
	ONE_OF(RLIMIT_MEMLOCK), ONE_OF(RLIMIT_AS), END,
};

/* Digits of a file's mode. */
static const struct word octal[] = { END };

/**
 * struct argument - an argument that words are known for
 * @call: of which call
 * @no: which of its arguments
 * @words: the words
 */
struct argument {
	const char *call;
	unsigned int no;
	const struct word *words;
};

static const struct argument arguments[] = {
	{ "open", 1, open_words },	     { "open", 2, octal },
	{ "openat", 2, open_words },	     { "openat", 3, octal },
	{ "creat", 1, octal },		     { "mq_open", 1, open_words },
	{ "mq_open", 2, octal },	     { "pipe2", 1, fd_words },
	{ "dup3", 2, fd_words },	     { "lseek", 2, seek_words },
	{ "access", 1, access_words },	     { "faccessat", 2, access_words },
	{ "faccessat2", 2, access_words },   { "faccessat2", 3, access_at_words },
	{ "newfstatat", 3, at_words },	     { "statx", 2, at_words },
	{ "unlinkat", 2, at_words },	     { "linkat", 4, at_words },
	{ "fchownat", 4, at_words },	     { "utimensat", 3, at_words },
	{ "fchmodat2", 3, at_words },	     { "fchmodat2", 2, octal },
	{ "mkdir", 1, octal },		     { "mkdirat", 2, octal },
	{ "mknod", 1, octal },		     { "mknodat", 2, octal },
	{ "chmod", 1, octal },		     { "fchmod", 1, octal },
	{ "fchmodat", 2, octal },	     { "umask", 0, octal },
	{ "fcntl", 1, fcntl_words },	     { "ioctl", 1, ioctl_words },
	{ "socket", 0, family_words },	     { "socket", 1, socket_words },
	{ "socketpair", 0, family_words },   { "socketpair", 1, socket_words },
	{ "accept4", 3, socket_words },	     { "shutdown", 1, shut_words },
	{ "setsockopt", 1, level_words },    { "getsockopt", 1, level_words },
	{ "sendto", 3, message_words },	     { "recvfrom", 3, message_words },
	{ "sendmsg", 2, message_words },     { "recvmsg", 2, message_words },
	{ "sendmmsg", 3, message_words },    { "recvmmsg", 3, message_words },
	{ "mmap", 2, protection_words },     { "mmap", 3, map_words },
	{ "clock_gettime", 0, clock_words }, { "clock_getres", 0, clock_words },
	{ "clock_nanosleep", 0, clock_words }, { "clock_nanosleep", 1, sleep_words },
	{ "timerfd_create", 0, clock_words }, { "timerfd_create", 1, fd_words },
	{ "timerfd_settime", 1, sleep_words }, { "epoll_create1", 0, fd_words },
	{ "epoll_ctl", 1, epoll_words },     { "eventfd2", 1, eventfd_words },
	{ "inotify_init1", 0, fd_words },    { "getrandom", 2, random_words },
	{ "memfd_create", 1, memfd_words },  { "fallocate", 1, fallocate_words },
	{ "wait4", 2, wait_words },	     { "waitid", 3, wait_words },
	{ "getrlimit", 0, limit_words },     { "setrlimit", 0, limit_words },
	{ "prlimit64", 1, limit_words },
};

static const struct word *find_words(const char *call, unsigned int no)
{
	for (size_t i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++) {
		if (arguments[i].no == no && !strcmp(arguments[i].call, call))
			return arguments[i].words;
	}
	return NULL;
}

static void print_number(char *text, size_t size, uint64_t value)
{
	/* Lengths, errors and the like, and else addresses and bits. */
	if ((int64_t)value >= INT32_MIN && (int64_t)value <= INT32_MAX)
		snprintf(text, size, "%" PRId64, (int64_t)value);
	else
		snprintf(text, size, "0x%" PRIx64, value);
}

static void print_words(char *text, size_t size, const struct word *words, uint64_t value)
{
	/* Flags are ints: whatever is above is no flag. */
	uint64_t left = (uint32_t)value, done = 0;
	size_t used = 0;

	for (; words->name && used < size; words++) {
		if ((done & words->mask) || ((uint32_t)value & words->mask) != words->value)
			continue;
		used += (size_t)snprintf(text + used, size - used, "%s%s", used ? "|" : "",
					 words->name);
		done |= words->mask;
		left &= ~words->mask;
	}
	if (!used)
		print_number(text, size, value);
	else if (left && used < size)
		snprintf(text + used, size - used, "|0x%" PRIx64, left);
}

void call_print_arg(char *text, size_t size, uint32_t nr, unsigned int no, uint64_t value)
{
	const struct call_info *call = call_find(nr);
	const struct word *words = call->has_args ? find_words(call->name, no) : NULL;

	if (words == octal)
		snprintf(text, size, "0%" PRIo64, value);
	else if (words)
		print_words(text, size, words, value);
	else if (!call->has_args)
		snprintf(text, size, "0x%" PRIx64, value);
	else if (call->arg[no] == KIND_POINTER && !value)
		snprintf(text, size, "NULL");
	else if (call->arg[no] == KIND_POINTER)
		snprintf(text, size, "0x%" PRIx64, value);
	else if (call->arg[no] == KIND_FD && (int32_t)value == AT_FDCWD)
		snprintf(text, size, "AT_FDCWD");
	else if (call->arg[no] == KIND_FD)
		snprintf(text, size, "%" PRId32, (int32_t)value);
	else
		print_number(text, size, value);
}
