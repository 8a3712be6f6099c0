// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: opening the device for those who cannot any more.
 *
 * Each process of a peer has an open device of its own, also the child of a fork, whose policy has
 * no way to the device. So a process that stays root, without root's capabilities, and does nothing
 * else, is left behind: who writes a byte to its socket gets an open device. All shadows that come
 * of one share the socket; it does not matter which of them takes which answer. It ends with the
 * last of them.
 */
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine.h"
#include "fds.h"
#include "shadow.h"

/* In all shadows: the end of the socket; -1 if there is none. */
static int opener = -1;

/* A descriptor, or an error if there is none. */
static int answer(int to, int fd)
{
	int error = fd < 0 ? fd : 0;
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { .iov_base = &error, .iov_len = sizeof(error) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;

	if (fd >= 0) {
		msg.msg_control = control.buf;
		msg.msg_controllen = sizeof(control.buf);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	}
	return sendmsg(to, &msg, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static _Noreturn void serve(const char *device, int from)
{
	char request;
	int fd;

	prctl(PR_SET_NAME, "nimbos-opener");
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	/* It has nothing else, so that nobody waits for it to let go of something. */
	from = dup2(from, 0);
	close_range(1, ~0U, 0);
	if (chdir("/") || confine_capabilities())
		_exit(1);
	while (read(from, &request, 1) == 1) {
		fd = nimbos_open(device);
		if (answer(from, fd))
			break;
		close(fd);
	}
	_exit(0);
}

/* Not its child: the peer's process would see it when it waits for its own. */
int opener_start(const char *device)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	pid = fork();
	if (!pid) {
		close(ends[0]);
		pid = fork();
		if (!pid)
			serve(device, ends[1]);
		_exit(pid < 0);
	}
	close(ends[1]);
	if (pid < 0 || waitpid(pid, &(int){ 0 }, 0) != pid) {
		close(ends[0]);
		return -EAGAIN;
	}
	opener = fds_own(ends[0]);
	return opener < 0 ? opener : 0;
}

int opener_open(const char *device)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	int error = -EIO;
	struct iovec iov = { .iov_base = &error, .iov_len = sizeof(error) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	const struct cmsghdr *cmsg;
	int fd;

	if (opener < 0)
		return nimbos_open(device);
	if (write(opener, "", 1) != 1 || recvmsg(opener, &msg, MSG_CMSG_CLOEXEC) < 0)
		return -errno;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (error || !cmsg)
		return error ? error : -EMFILE;
	memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	return fd;
}
