// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: sendmsg(2), recvmsg(2) and their plural forms.
 *
 * A struct msghdr leads to a name, an array of iovecs and control data, and control data may carry
 * descriptors. The header and all that has pointers or descriptors in it is copied.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include "args.h"

/* Linux takes no more of a name than this. */
#define NAME_MAX_SIZE sizeof(struct sockaddr_storage)
/* Linux takes about 20 KiB of control data unless told otherwise. */
#define CONTROL_MAX_SIZE 0x10000

static int check_name(struct caller *caller, const struct msghdr *msg)
{
	uint64_t len = msg->msg_namelen;

	if (!msg->msg_name || (int32_t)len < 0)
		return 0;
	if (len > NAME_MAX_SIZE)
		len = NAME_MAX_SIZE;
	return in_window(caller, (uintptr_t)msg->msg_name, len) ? 0 : -EFAULT;
}

/* A private copy of the header, whose iovecs are private too and lead into the window. */
static int copy_header(struct caller *caller, uint64_t addr, struct msghdr *msg)
{
	struct iovec *iov;
	int error;

	if (!in_window(caller, addr, sizeof(*msg)))
		return -EFAULT;
	window_read(msg, addr, sizeof(*msg));
	error = check_name(caller, msg);
	if (error)
		return error;
	if (msg->msg_iovlen > IOV_MAX)
		return -EMSGSIZE;
	error = copy_iovec(caller, (uintptr_t)msg->msg_iov, msg->msg_iovlen, &iov);
	if (error)
		return error;
	msg->msg_iov = iov;
	return 0;
}

static int check_rights(struct caller *caller, const struct cmsghdr *cmsg)
{
	size_t n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	int fd;

	for (size_t i = 0; i < n; i++) {
		memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(fd), sizeof(fd));
		if (!fd_reachable(caller, (uint32_t)fd))
			return -EBADF;
	}
	return 0;
}

/* Linux goes through the copy in the same way, so that no descriptor is overlooked. */
static int copy_control(struct caller *caller, struct msghdr *msg)
{
	size_t len = msg->msg_controllen;
	size_t at = 0;
	void *copy;
	int error;

	if (!len || !msg->msg_control) {
		msg->msg_control = NULL;
		msg->msg_controllen = 0;
		return 0;
	}
	if (len > CONTROL_MAX_SIZE)
		return -ENOBUFS;
	error = copy_in(caller, (uintptr_t)msg->msg_control, len, 1, &copy);
	if (error)
		return error;
	msg->msg_control = copy;
	while (at + sizeof(struct cmsghdr) <= len) {
		const struct cmsghdr *cmsg = (const struct cmsghdr *)((char *)copy + at);

		if (cmsg->cmsg_len < sizeof(*cmsg) || cmsg->cmsg_len > len - at)
			return -EINVAL;
		if (cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_RIGHTS) {
			error = check_rights(caller, cmsg);
			if (error)
				return error;
		}
		at += CMSG_ALIGN(cmsg->cmsg_len);
	}
	return 0;
}

static int64_t send_one(struct caller *caller, uint64_t fd, uint64_t addr, uint64_t flags)
{
	struct msghdr msg;
	const uint64_t args[6] = { fd, (uintptr_t)&msg, flags };
	int error;

	caller->scratch_used = 0;
	error = copy_header(caller, addr, &msg);
	if (!error)
		error = copy_control(caller, &msg);
	return error ? error : call_linux(SYS_sendmsg, args);
}

static int64_t receive_one(struct caller *caller, uint64_t fd, uint64_t addr, uint64_t flags)
{
	struct msghdr msg;
	const uint64_t args[6] = { fd, (uintptr_t)&msg, flags };
	int64_t ret;

	caller->scratch_used = 0;
	ret = copy_header(caller, addr, &msg);
	if (ret)
		return ret;
	if (!msg.msg_control)
		msg.msg_controllen = 0;
	/* Linux only writes to this one. */
	if (msg.msg_controllen &&
	    !in_window(caller, (uintptr_t)msg.msg_control, msg.msg_controllen))
		return -EFAULT;
	ret = call_linux(SYS_recvmsg, args);
	if (ret < 0)
		return ret;
	window_write(addr + offsetof(struct msghdr, msg_namelen), &msg.msg_namelen,
		     sizeof(msg.msg_namelen));
	window_write(addr + offsetof(struct msghdr, msg_controllen), &msg.msg_controllen,
		     sizeof(msg.msg_controllen));
	window_write(addr + offsetof(struct msghdr, msg_flags), &msg.msg_flags,
		     sizeof(msg.msg_flags));
	return ret;
}

int64_t call_sendmsg(struct caller *caller, unsigned int nr, const uint64_t args[6])
{
	(void)nr;
	if (!fd_reachable(caller, args[0]))
		return -EBADF;
	return send_one(caller, args[0], args[1], args[2]);
}

int64_t call_recvmsg(struct caller *caller, unsigned int nr, const uint64_t args[6])
{
	(void)nr;
	if (!fd_reachable(caller, args[0]))
		return -EBADF;
	return receive_one(caller, args[0], args[1], args[2]);
}

/* The two plural calls are loops in Linux too; msg_len of each message goes out. */
static int64_t each_message(struct caller *caller, const uint64_t args[6], uint64_t flags,
			    const struct timespec *until,
			    int64_t (*one)(struct caller *, uint64_t, uint64_t, uint64_t))
{
	uint32_t n = (uint32_t)args[2] > IOV_MAX ? IOV_MAX : (uint32_t)args[2];
	struct timespec now;
	int64_t ret = 0;
	uint32_t len;
	uint32_t i;

	if (!in_window(caller, args[1], n * sizeof(struct mmsghdr)))
		return -EFAULT;
	for (i = 0; i < n; i++) {
		uint64_t addr = args[1] + i * sizeof(struct mmsghdr);

		ret = one(caller, args[0], addr, flags & ~(uint64_t)MSG_WAITFORONE);
		if (ret < 0)
			break;
		len = (uint32_t)ret;
		window_write(addr + offsetof(struct mmsghdr, msg_len), &len, sizeof(len));
		if (flags & MSG_WAITFORONE)
			flags |= MSG_DONTWAIT;
		if (!until)
			continue;
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec > until->tv_sec ||
		    (now.tv_sec == until->tv_sec && now.tv_nsec >= until->tv_nsec)) {
			i++;
			break;
		}
	}
	return i ? i : ret;
}

int64_t call_sendmmsg(struct caller *caller, unsigned int nr, const uint64_t args[6])
{
	(void)nr;
	if (!fd_reachable(caller, args[0]))
		return -EBADF;
	return each_message(caller, args, args[3], NULL, send_one);
}

/* As in Linux, the time-out is looked at after each message only. */
int64_t call_recvmmsg(struct caller *caller, unsigned int nr, const uint64_t args[6])
{
	struct timespec timeout, until;

	(void)nr;
	if (!fd_reachable(caller, args[0]))
		return -EBADF;
	if (!args[4])
		return each_message(caller, args, args[3], NULL, receive_one);
	if (!in_window(caller, args[4], sizeof(timeout)))
		return -EFAULT;
	window_read(&timeout, args[4], sizeof(timeout));
	if (timeout.tv_sec < 0 || timeout.tv_nsec < 0 || timeout.tv_nsec >= 1000000000)
		return -EINVAL;
	clock_gettime(CLOCK_MONOTONIC, &until);
	if (__builtin_add_overflow(until.tv_sec, timeout.tv_sec, &until.tv_sec))
		return each_message(caller, args, args[3], NULL, receive_one);
	until.tv_nsec += timeout.tv_nsec;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	return each_message(caller, args, args[3], &until, receive_one);
}
