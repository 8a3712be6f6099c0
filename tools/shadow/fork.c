// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: NIMBOS_SCF_NR_FORK.
 *
 * The worker forks. The child, which has only this thread, lets go of the parent's slot, takes
 * one of its own, serves it, and tells the parent, who answers the peer. The C library makes fork()
 * safe for its own locks; the shadow's is held across it, so that no worker is half begun in the
 * child.
 *
 * What the child tells is in memory of the two. A pipe says only that there is something to be
 * looked at: until it is among the shadow's own descriptors, another thread of the program can put
 * something else in its place.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fds.h"
#include "log.h"
#include "shadow.h"

/**
 * struct message - what the child tells its parent
 * @told: the rest is valid, an atomic
 * @error: why it could not begin: 0 or a negative errno
 * @slot: its slot
 * @epoch: of its slot
 */
struct message {
	bool told;
	int error;
	uint32_t slot;
	uint32_t epoch;
};

/* Out of the program's reach, as all of the shadow's memory is but for the window. */
static struct message *map_message(void)
{
	void *page = mmap(NULL, sizeof(struct message), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? NULL : page;
}

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

static _Noreturn void run_child(struct shadow *shadow, struct message *message, int to_parent,
				int parent_fd, uint8_t prio)
{
	int error;

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
	error = serve_open(shadow);
	if (!error)
		error = serve_start(shadow, NIMBOS_SCF_SERVER_FORKED);
	if (!error) {
		message->slot = nimbos_slot_info(shadow->slot)->slot;
		message->epoch = nimbos_slot_info(shadow->slot)->epoch;
	}
	pthread_mutex_unlock(&shadow->lock);
	message->error = error;
	__atomic_store_n(&message->told, true, __ATOMIC_RELEASE);
	munmap(message, sizeof(*message));
	if (write(to_parent, "", 1) != 1 || error)
		_exit(EXIT_NOT_STARTED);
	close(to_parent);
	serve_wait(shadow);
}

/* The error of a child that has not begun, and will not. */
static int hear_child(const struct message *message, int from_child, pid_t pid)
{
	char wake;

	/* The end of the pipe without a message: the child was killed on its way. */
	if (read(from_child, &wake, 1) < 0)
		log_line(LOG_WARNING, "cannot wait for the child of a fork", "error=%d", errno);
	if (__atomic_load_n(&message->told, __ATOMIC_ACQUIRE))
		return message->error;
	/* Or it is another's pipe: then nobody will know the child. */
	syscall(SYS_tgkill, pid, pid, SIGKILL);
	return -EAGAIN;
}

void shadow_fork(struct worker *worker, struct answer *answer)
{
	struct shadow *shadow = worker->shadow;
	struct message *message;
	int fds[2] = { -1, -1 };
	int error = 0;
	int self;
	pid_t pid;

	if (!shadow->can_fork) {
		answer->result = -ENOSYS;
		return;
	}
	message = map_message();
	if (!message) {
		answer->result = -ENOMEM;
		return;
	}
	pthread_mutex_lock(&shadow->lock);
	answer->result = open_pipe(fds);
	if (answer->result) {
		pthread_mutex_unlock(&shadow->lock);
		munmap(message, sizeof(*message));
		return;
	}
	self = open_pidfd();
	if (self < 0) {
		pid = self;
	} else {
		pid = fork();
		if (!pid) {
			close(fds[0]);
			run_child(shadow, message, fds[1], self, worker->prio);
		}
		if (pid < 0)
			pid = -errno;
		close(self);
	}
	answer->result = pid;
	close(fds[1]);
	pthread_mutex_unlock(&shadow->lock);
	if (pid > 0)
		error = hear_child(message, fds[0], pid);
	close(fds[0]);
	if (error) {
		waitpid(pid, NULL, 0);
		log_line(LOG_WARNING, "the child of a fork could not begin", "lane=%u error=%d",
			 worker->no, -error);
		answer->result = error;
	} else {
		answer->aux = message->slot | (uint64_t)message->epoch << 32;
	}
	munmap(message, sizeof(*message));
}
