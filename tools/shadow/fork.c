// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: NIMBOS_SCF_NR_FORK.
 *
 * The worker forks. The child, which has only this thread, lets go of the parent's slot, takes
 * one of its own, serves it, and tells the parent through a pipe, who answers the peer. The C
 * library makes fork() safe for its own locks; the shadow's is held across it, so that no worker
 * is half begun in the child.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fds.h"
#include "log.h"
#include "shadow.h"

struct message {
	int error;
	uint32_t slot;
	uint32_t epoch;
};

/* Read end, write end. */
static int open_pipe(int fds[2])
{
	int both[2];

	if (pipe2(both, O_CLOEXEC))
		return -errno;
	fds[0] = fds_own(both[0]);
	fds[1] = fds_own(both[1]);
	if (fds[0] >= 0 && fds[1] >= 0)
		return 0;
	if (fds[0] >= 0)
		close(fds[0]);
	if (fds[1] >= 0)
		close(fds[1]);
	return fds[0] < 0 ? fds[0] : fds[1];
}

/* Of this process, for its child: no other process can have its ID by then. */
static int open_pidfd(void)
{
	int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	return fd < 0 ? -errno : fds_own(fd);
}

static _Noreturn void run_child(struct shadow *shadow, int to_parent, int parent_fd, uint8_t prio)
{
	struct message message = { 0 };
	ssize_t ret;

	fds_forked();
	if (shadow->parent_fd >= 0)
		close(shadow->parent_fd);
	shadow->parent_fd = parent_fd;
	nimbos_slot_forget(shadow->slot);
	shadow->slot = NULL;
	shadow->serving = 0;
	for (int i = 0; i < NIMBOS_SCF_MAX_LANES; i++) {
		shadow->worker[i].state = WORKER_NONE;
		shadow->worker[i].prio = prio;
		shadow->worker[i].receiving = false;
		shadow->worker[i].uintr = false;
	}
	message.error = serve_open(shadow);
	if (!message.error)
		message.error = serve_start(shadow, NIMBOS_SCF_SERVER_FORKED);
	if (!message.error) {
		message.slot = nimbos_slot_info(shadow->slot)->slot;
		message.epoch = nimbos_slot_info(shadow->slot)->epoch;
	}
	pthread_mutex_unlock(&shadow->lock);
	ret = write(to_parent, &message, sizeof(message));
	close(to_parent);
	if (message.error || ret != sizeof(message))
		_exit(EXIT_NOT_STARTED);
	serve_wait(shadow);
}

void shadow_fork(struct worker *worker, struct answer *answer)
{
	struct shadow *shadow = worker->shadow;
	struct message message = { 0 };
	int fds[2] = { -1, -1 };
	int self;
	pid_t pid;

	if (!shadow->can_fork) {
		answer->result = -ENOSYS;
		return;
	}
	pthread_mutex_lock(&shadow->lock);
	answer->result = open_pipe(fds);
	if (answer->result) {
		pthread_mutex_unlock(&shadow->lock);
		return;
	}
	self = open_pidfd();
	if (self < 0) {
		pid = self;
	} else {
		pid = fork();
		if (!pid) {
			close(fds[0]);
			run_child(shadow, fds[1], self, worker->prio);
		}
		if (pid < 0)
			pid = -errno;
		close(self);
	}
	answer->result = pid;
	close(fds[1]);
	pthread_mutex_unlock(&shadow->lock);
	/* The end of the pipe without a message: the child was killed on its way. */
	if (pid > 0 && read(fds[0], &message, sizeof(message)) != sizeof(message))
		message.error = -EAGAIN;
	close(fds[0]);
	if (message.error) {
		waitpid(pid, NULL, 0);
		log_line(LOG_WARNING, "the child of a fork could not begin", "lane=%u error=%d",
			 worker->no, -message.error);
		answer->result = message.error;
		return;
	}
	answer->aux = message.slot | (uint64_t)message.epoch << 32;
}
