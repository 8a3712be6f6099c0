// SPDX-License-Identifier: GPL-2.0
/*
 * Two ways, between processes: each is interrupted, awake or asleep, and answers, ten times.
 */
#include "sample.h"

#include <string.h>
#include <sys/socket.h>

#define ROUNDS 10

static volatile unsigned int received;

static void HANDLER handler(struct __uintr_frame *frame, unsigned long long vector)
{
	(void)frame;
	(void)vector;
	received++;
}

static void give(int sock, int fd)
{
	char byte = 0;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	if (sendmsg(sock, &msg, 0) != 1)
		err(1, "sendmsg");
}

static int take(int sock)
{
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	int fd;

	if (recvmsg(sock, &msg, MSG_CMSG_CLOEXEC) != 1 || !CMSG_FIRSTHDR(&msg))
		err(1, "recvmsg");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

static void wait_until_received(unsigned int n)
{
	while (received < n) {
		if (uintr_wait(0) != -1 || errno != EINTR)
			err(1, "uintr_wait");
	}
}

static int play(int sock, bool begins)
{
	int fd = become_receiver(handler, 5);
	int index;

	give(sock, fd);
	index = become_sender(take(sock));
	for (unsigned int round = 1; round <= ROUNDS; round++) {
		if (begins)
			_senduipi(index);
		wait_until_received(round);
		if (!begins)
			_senduipi(index);
	}
	end_receiver(fd);
	return 0;
}

int main(void)
{
	int sock[2], status;
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sock))
		err(1, "socketpair");
	child = fork();
	if (child < 0)
		err(1, "fork");
	if (!child)
		return play(sock[1], false);
	play(sock[0], true);
	if (waitpid(child, &status, 0) != child)
		err(1, "waitpid");
	return status != 0;
}
