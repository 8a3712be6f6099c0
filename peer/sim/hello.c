// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * nimbos: the sim, what a server says when one has connected.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim.h"

static bool fits(__u64 offset, __u64 size, __u64 total)
{
	return size && !((offset | size) & 4095) && offset <= total && size <= total - offset;
}

/* What the client library does not check again: it knows nothing of memfds. */
static bool makes_sense(const struct nimbos_sim_hello *hello, const int *fds, int nr_fds)
{
	struct stat st;

	if (hello->magic != NIMBOS_SIM_MAGIC || hello->size != sizeof(*hello))
		return false;
	if (!hello->entry.lanes || hello->entry.lanes > NIMBOS_SCF_MAX_LANES ||
	    nr_fds != NIMBOS_SIM_FD_LANE0 + hello->entry.lanes)
		return false;
	if (fstat(fds[NIMBOS_SIM_FD_MEMORY], &st) || st.st_size <= 0 ||
	    (__u64)st.st_size > NIMBOS_SIM_SLOT_SPAN)
		return false;
	return (hello->entry.epoch & 1) &&
	       fits(hello->entry.control_offset, hello->entry.control_size, st.st_size) &&
	       fits(hello->entry.window_offset, hello->entry.window_size, st.st_size);
}

int nimbos_sim_receive(int socket, struct nimbos_sim_hello *hello, int fds[NIMBOS_SIM_MAX_FDS])
{
	union {
		char buf[CMSG_SPACE(sizeof(int) * NIMBOS_SIM_MAX_FDS)];
		struct cmsghdr align;
	} control;
	struct iovec iov = { .iov_base = hello, .iov_len = sizeof(*hello) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *cmsg;
	int i, nr_fds = 0;
	ssize_t len;

	do {
		len = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC);
	} while (len < 0 && errno == EINTR);
	if (len < 0)
		return -errno;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (cmsg && cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_RIGHTS) {
		nr_fds = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(cmsg), nr_fds * sizeof(int));
	}
	if (len == sizeof(*hello) && !(msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) &&
	    makes_sense(hello, fds, nr_fds))
		return 0;
	for (i = 0; i < nr_fds; i++)
		close(fds[i]);
	return len ? -EPROTO : -ECONNRESET;
}
