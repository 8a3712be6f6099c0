// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: the life of a process, from its slot to its end.
 *
 * The end may come in four ways: EXIT_GROUP, by a worker; a signal, or the slot's or the sim's
 * hang-up, by the leader; a touch of memory that went away with the slot, by whoever touched it.
 * All of them are _exit(): no worker is asked, since it may sit in a call for ever.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "fds.h"
#include "legacy.h"
#include "log.h"
#include "shadow.h"

/* The memory that the kernel takes away when the slot dies, for the handler of SIGBUS. */
static struct {
	const struct shadow *shadow;
	const char *control;
	const char *control_end;
	const char *window;
	const char *window_end;
} slot_memory;

static unsigned char death_is_told;

/*
 * Two threads may find it out at the same time: one tells and ends both. None does if the process
 * has ended before its slot has.
 */
static void begin_to_tell(const struct shadow *shadow)
{
	int status = __atomic_load_n(&shadow->exit_status, __ATOMIC_ACQUIRE);

	if (status >= 0)
		_exit(status);
	if (__atomic_exchange_n(&death_is_told, 1, __ATOMIC_RELAXED)) {
		/* A policy's filter does not have pause(). */
		for (;;)
			poll(NULL, 0, -1);
	}
}

void serve_slot_died(const struct shadow *shadow)
{
	begin_to_tell(shadow);
	log_line(LOG_ERR, "the slot has died, the peer was stopped or has failed", "slot=%u",
		 nimbos_slot_info(shadow->slot)->slot);
	_exit(EXIT_SLOT_DIED);
}

static bool is_slot_memory(const char *at)
{
	return (at >= slot_memory.control && at < slot_memory.control_end) ||
	       (at >= slot_memory.window && at < slot_memory.window_end);
}

static void handle_sigbus(int signal, siginfo_t *info, void *context)
{
	static const char text[] =
		"nimbos-shadow level=error msg=\"the slot has died, its memory is gone\"\n";

	(void)context;
	if (is_slot_memory(info->si_addr)) {
		begin_to_tell(slot_memory.shadow);
		if (write(log_fd(), text, sizeof(text) - 1) < 0)
			_exit(EXIT_SLOT_DIED);
		_exit(EXIT_SLOT_DIED);
	}
	/* A bug of ours: let it happen again, and be what it is. */
	sigaction(signal, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
}

/* What the leader takes from a descriptor. SIGUSR1 comes from a worker: there is a new name. */
static const int leader_signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1 };

/*
 * Every other signal is blocked in all threads: it would interrupt the peer's calls, or end the
 * process, where it is none of the peer's signals. But for those that a fault raises, and those
 * by which a shell stops a job.
 */
static void block_signals(void)
{
	static const int open[] = { SIGABRT, SIGBUS,  SIGCONT, SIGFPE,	SIGILL, SIGSEGV,
				    SIGSYS,  SIGTRAP, SIGTSTP, SIGTTIN, SIGTTOU };
	sigset_t set;

	sigfillset(&set);
	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
		sigdelset(&set, open[i]);
	sigprocmask(SIG_SETMASK, &set, NULL);
	/* These need not even stay pending. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

int serve_init(struct shadow *shadow)
{
	struct sigaction action = { .sa_sigaction = handle_sigbus, .sa_flags = SA_SIGINFO };
	sigset_t set;
	int fd;

	block_signals();
	sigaction(SIGBUS, &action, NULL);
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(leader_signals) / sizeof(leader_signals[0]); i++)
		sigaddset(&set, leader_signals[i]);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	shadow->signal_fd = fds_own(fd);
	return shadow->signal_fd < 0 ? shadow->signal_fd : 0;
}

int serve_open(struct shadow *shadow)
{
	const struct nimbos_slot_alloc *info;
	int error;

	shadow->leader = pthread_self();
	sem_init(&shadow->named, 0, 0);
	/* In the child of a fork: what the parent's other threads were about to do is theirs. */
	shadow->exit_status = -1;
	death_is_told = 0;
	error = shadow->open(shadow);
	if (error)
		return error;
	info = nimbos_slot_info(shadow->slot);
	slot_memory.shadow = shadow;
	slot_memory.control = nimbos_slot_control(shadow->slot);
	slot_memory.control_end = slot_memory.control + info->control_size;
	slot_memory.window = nimbos_slot_window(shadow->slot);
	slot_memory.window_end = slot_memory.window + info->window_size;
	/* A child has its window where its parent has it: the peer goes on to use its pointers. */
	shadow->shape.window_va = info->window_va;
	return 0;
}

int serve_start(struct shadow *shadow, uint32_t server_state)
{
	const struct nimbos_slot_alloc *info = nimbos_slot_info(shadow->slot);
	uint64_t features = NIMBOS_SCF_F_PRIORITY;
	int error = worker_start(shadow, 0, shadow->worker[0].prio);

	if (error < 0)
		goto failed;
	if (shadow->can_fork)
		features |= NIMBOS_SCF_F_FORK;
	/* A legacy peer hears nothing of its shadows. */
	error = shadow->legacy ? 0 : nimbos_slot_ready(shadow->slot, features, server_state);
	if (error)
		goto failed;
	log_line(LOG_DEBUG, "ready", "slot=%u epoch=%u lanes=%u window=0x%llx", info->slot,
		 info->epoch, info->lanes, (unsigned long long)info->window_va);
	return 0;

failed:
	log_line(LOG_ERR, "cannot serve the slot", "error=%d", -error);
	return error;
}

/* As if the signal had never been blocked, so that a parent sees what it should. */
static _Noreturn void end_by_signal(int signal_no)
{
	sigset_t set;

	log_line(LOG_INFO, "ended by a signal", "signal=%d", signal_no);
	signal(signal_no, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, signal_no);
	raise(signal_no);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	_exit(128 + signal_no);
}

static void take_signals(struct shadow *shadow)
{
	struct signalfd_siginfo info;

	while (read(shadow->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo != SIGUSR1)
			end_by_signal((int)info.ssi_signo);
		/* From a worker, which waits; anybody else's says nothing. */
		if (info.ssi_pid == getpid()) {
			prctl(PR_SET_NAME, shadow->name);
			sem_post(&shadow->named);
		}
	}
}

/* How long a child that the peer has not attached to outlives its parent, in ms. */
#define ORPHAN_MS 1000

static bool is_attached(const struct shadow *shadow)
{
	const struct nimbos_scf_slot *control = nimbos_slot_control(shadow->slot);

	/* The child of a legacy peer's fork is asked to mirror its memory at once. */
	if (shadow->legacy)
		return shadow->legacy->used;
	return __atomic_load_n(&control->client_state, __ATOMIC_ACQUIRE) != NIMBOS_SCF_CLIENT_NONE;
}

static void end_if_orphaned(const struct shadow *shadow)
{
	if (is_attached(shadow))
		return;
	log_line(LOG_WARNING, "forked by a shadow that has ended since", "slot=%u",
		 nimbos_slot_info(shadow->slot)->slot);
	_exit(EXIT_NOT_STARTED);
}

/*
 * Who attaches to the child of a fork has its number from the parent's answer. A parent that ends
 * before it could answer leaves a child that nobody will ever attach to. One that has answered
 * may end, too, before the peer has attached: hence the time, after which the peer finds the
 * slot dead, and its fork fails.
 */
void serve_wait(struct shadow *shadow)
{
	int timeout = -1;
	int ready;
	struct pollfd fds[] = {
		{ .fd = shadow->signal_fd, .events = POLLIN },
		/* Errors and the hang-up are always reported. */
		{ .fd = nimbos_slot_fd(shadow->slot) },
		{ .fd = shadow->parent_fd, .events = POLLIN },
	};

	for (;;) {
		ready = poll(fds, 3, timeout);
		if (ready < 0)
			continue;
		if (!ready) {
			end_if_orphaned(shadow);
			timeout = -1;
		}
		if (fds[2].revents) {
			fds[2].fd = -1;
			timeout = ORPHAN_MS;
		}
		if (fds[0].revents)
			take_signals(shadow);
		if (fds[1].revents)
			serve_slot_died(shadow);
	}
}
