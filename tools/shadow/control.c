// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: calls that both sides take part in, enum nimbos_scf_nr.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "args.h"
#include "fds.h"
#include "log.h"
#include "shadow.h"

#define PAGE 4096

static int64_t do_procinfo(struct worker *worker, uint64_t buf, uint64_t size)
{
	const struct shadow *shadow = worker->shadow;

	if (size > shadow->args_size)
		size = shadow->args_size;
	if (!in_window(&worker->caller, buf, size))
		return -EFAULT;
	window_write(buf, shadow->args, size);
	return (int64_t)shadow->args_size;
}

static int64_t do_clone(struct worker *worker, uint64_t lane)
{
	struct shadow *shadow = worker->shadow;
	int64_t ret;

	if (lane >= nimbos_slot_info(shadow->slot)->lanes)
		return -EINVAL;
	pthread_mutex_lock(&shadow->lock);
	ret = worker_start(shadow, (unsigned int)lane, worker->prio);
	pthread_mutex_unlock(&shadow->lock);
	return ret;
}

/* The leader's name is the process's, and only the leader can change it: see serve.c. */
static int64_t do_exec(struct worker *worker, uint64_t name)
{
	struct shadow *shadow = worker->shadow;
	const char *path, *base;
	int error;

	worker->caller.scratch_used = 0;
	error = copy_string(&worker->caller, name, &path);
	if (error)
		return error;
	base = strrchr(path, '/');
	base = base ? base + 1 : path;
	/* A fork that has begun to make its own descriptors does not lose them. */
	pthread_mutex_lock(&shadow->lock);
	fds_close_on_exec();
	strncpy(shadow->name, base, sizeof(shadow->name) - 1);
	pthread_kill(shadow->leader, SIGUSR1);
	sem_wait(&shadow->named);
	pthread_mutex_unlock(&shadow->lock);
	return 0;
}

static bool is_page_range(struct worker *worker, uint64_t addr, uint64_t len)
{
	return len && !(addr % PAGE) && !(len % PAGE) && in_window(&worker->caller, addr, len);
}

/* The file's bytes, as many as there are; what is left is zeroed by the caller. */
static int64_t read_file(int fd, uint64_t addr, uint64_t len, uint64_t offset)
{
	uint64_t done = 0;

	while (done < len) {
		ssize_t n = pread(fd, (void *)(uintptr_t)(addr + done), len - done,
				  (off_t)(offset + done));

		if (!n)
			break;
		if (n < 0) {
			/* Open, but not for reading? That is what mmap() calls EACCES. */
			if (errno == EBADF && fcntl(fd, F_GETFD) >= 0)
				return -EACCES;
			return errno == ESPIPE ? -ENODEV : -errno;
		}
		done += (uint64_t)n;
	}
	return (int64_t)done;
}

static int64_t do_mmap(struct worker *worker, const uint64_t args[6])
{
	uint64_t addr = args[0];
	uint64_t len = args[1];
	uint64_t filled = 0;

	if (len > UINT64_MAX - PAGE)
		return -EINVAL;
	len = (len + PAGE - 1) / PAGE * PAGE;
	if (!is_page_range(worker, addr, len))
		return -EINVAL;
	if (!(args[3] & MAP_ANONYMOUS)) {
		int64_t ret;

		if ((args[3] & MAP_TYPE) != MAP_PRIVATE && (args[2] & PROT_WRITE))
			return -ENODEV;
		if (args[5] % PAGE || args[5] > INT64_MAX - len)
			return -EINVAL;
		if (!fd_reachable(&worker->caller, args[4]))
			return -EBADF;
		ret = read_file((int)args[4], addr, len, args[5]);
		if (ret < 0)
			return ret;
		filled = (uint64_t)ret;
	}
	memset((void *)(uintptr_t)(addr + filled), 0, len - filled);
	return (int64_t)addr;
}

/* The pages stay the peer's: it has chosen them, and will again. */
static int64_t do_munmap(struct worker *worker, uint64_t addr, uint64_t len)
{
	if (len > UINT64_MAX - PAGE)
		return -EINVAL;
	len = (len + PAGE - 1) / PAGE * PAGE;
	return is_page_range(worker, addr, len) ? 0 : -EINVAL;
}

void control_execute(struct worker *worker, unsigned int nr, const uint64_t args[6],
		     struct answer *answer)
{
	switch (nr) {
	case NIMBOS_SCF_NR_NOP:
		break;
	case NIMBOS_SCF_NR_PROCINFO:
		answer->result = do_procinfo(worker, args[0], args[1]);
		break;
	case NIMBOS_SCF_NR_FORK:
		shadow_fork(worker, answer);
		break;
	case NIMBOS_SCF_NR_CLONE:
		answer->result = do_clone(worker, args[0]);
		break;
	case NIMBOS_SCF_NR_EXEC:
		answer->result = do_exec(worker, args[0]);
		break;
	case NIMBOS_SCF_NR_EXIT:
		if (worker->no)
			answer->then = ANSWER_END_WORKER;
		else
			answer->result = -EINVAL;
		break;
	case NIMBOS_SCF_NR_EXIT_GROUP:
		/* Set before the answer: who has that may hang up, and the leader notices. */
		__atomic_store_n(&worker->shadow->exit_status, (int)(args[0] & 0xff),
				 __ATOMIC_RELEASE);
		answer->then = ANSWER_EXIT;
		break;
	case NIMBOS_SCF_NR_MMAP:
		answer->result = do_mmap(worker, args);
		break;
	case NIMBOS_SCF_NR_MUNMAP:
		answer->result = do_munmap(worker, args[0], args[1]);
		break;
	default:
		answer->result = -ENOSYS;
	}
}
