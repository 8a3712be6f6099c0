// SPDX-License-Identifier: GPL-2.0
/*
 * End-to-end tests over the sim: refusals, wrong pointers, the ends of workers, shadows and peers.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "process.h"

#define EXIT_SLOT_DIED 126
#define EXIT_BAD_PEER 127

static void test_arguments(void **state)
{
	static const char expected[] = "program\0first\0second one";
	struct process *process = *state;
	char *buf = process_memory(process, 64);

	assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_PROCINFO, AT(buf), 64),
			 sizeof(expected));
	assert_memory_equal(buf, expected, sizeof(expected));
	memset(buf, 'x', 64);
	assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_PROCINFO, AT(buf), 4), sizeof(expected));
	assert_memory_equal(buf, "progxxxx", 8);
	assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_PROCINFO, 16, 64), -EFAULT);
	assert_int_equal(CALL(process, getpid, 0), process->shadow);
}

static void test_refusals(void **state)
{
	struct process *process = *state;

	assert_int_equal(CALL(process, ptrace, 0), -EPERM);
	assert_int_equal(CALL(process, mount, 0), -EPERM);
	assert_int_equal(CALL(process, brk, 0), -ENOSYS);
	assert_int_equal(CALL(process, fork, 0), -ENOSYS);
	assert_int_equal(CALL(process, exit_group, 0), -ENOSYS);
	assert_int_equal(CALL_ON(process, 0, 1000), -ENOSYS);
	assert_int_equal(CALL_ON(process, 0, 0x7fff), -ENOSYS);
	assert_int_equal(CALL_ON(process, 0, 0x8fff), -ENOSYS);
	assert_int_equal(CALL_ON(process, 0, 0xffff), -ENOSYS);
	/* There is no second slot behind a socket. */
	assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_FORK), -ENOSYS);
}

static void test_wrong_pointers(void **state)
{
	struct process *process = *state;
	const uint64_t window = process->slot.window_va;
	const uint64_t end = window + process->slot.window_size;
	int *fds = process_memory(process, 8);

	assert_int_equal(CALL(process, pipe, AT(fds)), 0);
	assert_int_equal(CALL(process, write, fds[1], end - 8, 8), 8);
	assert_int_equal(CALL(process, write, fds[1], end - 7, 8), -EFAULT);
	assert_int_equal(CALL(process, read, fds[0], window - 1, 1), -EFAULT);
	assert_int_equal(CALL(process, read, fds[0], AT(process), 1), -EFAULT);
	assert_int_equal(CALL(process, read, fds[0], 0, 1), -EFAULT);
	assert_int_equal(CALL(process, read, fds[0], UINT64_MAX, 8), -EFAULT);
	assert_int_equal(CALL(process, open, AT("/etc/passwd"), O_RDONLY), -EFAULT);
	/* And nothing of what is there was read. */
	assert_int_equal(CALL(process, read, fds[0], end - 16, 16), 8);
}

/*
 * The shadow's memory, by the door that no table can close, and around the corner: the root
 * directory of a process whose /proc is not read-only.
 */
static void test_own_memory(void **state)
{
	struct process *process = *state;
	int64_t fd = CALL(process, open, AT(process_string(process, "/proc/self/mem")), O_RDWR);
	char path[64];

	if (!geteuid() && fd >= 0)
		skip();
	assert_true(fd == -EACCES || fd == -EROFS);
	snprintf(path, sizeof(path), "/proc/%d/root/proc/self/mem", getpid());
	assert_int_equal(CALL(process, open, AT(process_string(process, path)), O_RDWR), -EACCES);
}

static void test_own_descriptors(void **state)
{
	struct process *process = *state;
	struct rlimit *limit = process_memory(process, sizeof(*limit));
	uint64_t fd;

	assert_int_equal(CALL(process, getrlimit, RLIMIT_NOFILE, AT(limit)), 0);
	for (fd = limit->rlim_cur; fd < limit->rlim_cur + 300; fd++) {
		assert_int_equal(CALL(process, fcntl, fd, F_GETFD), -EBADF);
		assert_int_equal(CALL(process, close, fd), -EBADF);
	}
	assert_int_equal(CALL(process, close_range, 3, UINT_MAX, 0), 0);
	assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_NOP), 0);
	assert_true(process_clone(process, 1) > 0);
	assert_int_equal(CALL_ON(process, 1, NIMBOS_SCF_NR_NOP), 0);
}

static void test_exec(void **state)
{
	struct process *process = *state;
	char *path = process_path(process, "file");
	int64_t kept, closed;
	char name[64], line[64] = "";
	FILE *file;

	kept = CALL(process, open, AT(path), O_CREAT | O_RDWR, 0600);
	closed = CALL(process, open, AT(path), O_RDWR | O_CLOEXEC);
	assert_true(kept >= 0 && closed >= 0);
	strcpy(path, "/usr/bin/a-very-long-name-of-a-program");
	assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_EXEC, AT(path)), 0);
	assert_int_equal(CALL(process, fcntl, kept, F_GETFD), 0);
	assert_int_equal(CALL(process, fcntl, closed, F_GETFD), -EBADF);
	snprintf(name, sizeof(name), "/proc/%d/comm", process->shadow);
	file = fopen(name, "r");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	fclose(file);
	assert_string_equal(line, "a-very-long-nam\n");
	assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_EXEC, 0), -EFAULT);
}

static void test_workers_come_and_go(void **state)
{
	struct process *process = *state;
	int64_t tid;

	assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_CLONE, 0), -EBUSY);
	assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_CLONE, LANES), -EINVAL);
	assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_CLONE, UINT64_MAX), -EINVAL);
	assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_EXIT), -EINVAL);
	tid = process_clone(process, 1);
	assert_true(tid > 0);
	/* To kill(), the ID of a worker is that of the shadow. */
	assert_int_equal(CALL(process, kill, tid, SIGKILL), -ENOSYS);
	assert_int_equal(CALL(process, kill, process->shadow, SIGKILL), -ENOSYS);
	for (int i = 0; i < 200; i++) {
		assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_CLONE, 1), -EBUSY);
		assert_int_equal(CALL_ON(process, 1, NIMBOS_SCF_NR_EXIT), 0);
		tid = CALL_ON(process, 0, NIMBOS_SCF_NR_CLONE, 1);
		assert_true(tid > 0);
		assert_int_equal(CALL_ON(process, 1, SYS_gettid), tid);
	}
}

static void test_priority(void **state)
{
	struct process *process = *state;
	struct nimbos_client_lane *lane = &process->lane[1].lane;
	struct sched_param param = { .sched_priority = 1 };
	int64_t tid = process_clone(process, 1);

	assert_true(tid > 0);
	lane->prio = 7;
	assert_int_equal(CALL_ON(process, 1, NIMBOS_SCF_NR_NOP), 0);
	if (sched_setscheduler(tid, SCHED_FIFO, &param))
		skip();
	lane->prio = 8;
	assert_int_equal(CALL_ON(process, 1, NIMBOS_SCF_NR_NOP), 0);
	assert_int_equal(sched_getscheduler(tid), SCHED_FIFO);
	assert_int_equal(sched_getparam(tid, &param), 0);
	assert_int_equal(param.sched_priority, 8);
	lane->prio = 0;
	assert_int_equal(CALL_ON(process, 1, NIMBOS_SCF_NR_NOP), 0);
	assert_int_equal(sched_getscheduler(tid), SCHED_OTHER);
	lane->prio = 100;
	assert_int_equal(CALL_ON(process, 1, NIMBOS_SCF_NR_NOP), -EINVAL);
}

/* A number that no client may write; the other lane goes on, and so do clones but on this one. */
static void test_garbage_in_a_ring(void **state)
{
	struct process *process = *state;
	struct nimbos_client_lane *lane = &process->lane[1].lane;
	struct nimbos_client_result result;

	assert_true(process_clone(process, 1) > 0);
	lane->shared->reqs[lane->submitted % process->slot.depth].seq = 0xdeadbeef;
	lane->shared->reqs[(lane->submitted + 1) % process->slot.depth].seq = 0xdeadbeef;
	/* Behind the garbage: it wakes the worker, and is never answered. */
	nimbos_sim_client(process->sim)->ops->send_ipi(nimbos_sim_client(process->sim), 0, lane);
	assert_int_equal(nimbos_client_reap(lane, &result, 1), 0);
	assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_NOP), 0);
	while (CALL_ON(process, 0, NIMBOS_SCF_NR_CLONE, 1) == -EBUSY)
		sched_yield();
	assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_CLONE, 1), -EPROTO);
	assert_true(process_clone(process, 2) > 0);
	assert_int_equal(CALL_ON(process, 2, NIMBOS_SCF_NR_NOP), 0);
}

/* The last lane ends by itself, and nobody serves the process: it does not stay for ever. */
static void test_garbage_and_exit(void **state)
{
	struct process *process = *state;
	struct nimbos_client *client = nimbos_sim_client(process->sim);
	struct nimbos_client_lane *lane = &process->lane[0].lane;
	int status;

	assert_true(process_clone(process, 1) > 0);
	lane->shared->reqs[lane->submitted % process->slot.depth].seq = 0xdeadbeef;
	client->ops->send_ipi(client, 0, lane);
	while (CALL_ON(process, 1, NIMBOS_SCF_NR_CLONE, 0) == -EBUSY)
		sched_yield();
	assert_int_equal(CALL_ON(process, 1, NIMBOS_SCF_NR_CLONE, 0), -EPROTO);
	assert_int_equal(CALL_ON(process, 1, NIMBOS_SCF_NR_EXIT), 0);
	status = process_wait(process);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EXIT_BAD_PEER);
}

static void test_exit(void **state)
{
	struct process *process = *state;
	int status;

	assert_true(process_clone(process, 1) > 0);
	assert_int_equal(CALL_ON(process, 1, NIMBOS_SCF_NR_EXIT_GROUP, 0x12345607), 0);
	status = process_wait(process);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
	assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_NOP), -ECONNRESET);
}

/* Whoever has the answer may hang up at once, and the status is the process's all the same. */
static void test_exit_and_hang_up(void **state)
{
	struct process *process = *state;

	for (int i = 0; i < 50; i++) {
		int status;

		assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_EXIT_GROUP, i), 0);
		nimbos_client_slot_detach(&process->slot);
		nimbos_sim_disconnect(process->sim, process->slot.no);
		status = process_wait(process);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), i);
		fclose(process->slot.data);
		process_start(process, "--poll-us=50");
	}
}

static void test_signal(void **state)
{
	struct process *process = *state;
	int status;

	/* None of ours: it is neither taken for a signal that ends, nor for a new name. */
	assert_int_equal(kill(process->shadow, SIGUSR1), 0);
	assert_int_equal(kill(process->shadow, SIGPIPE), 0);
	assert_int_equal(kill(process->shadow, SIGALRM), 0);
	assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_NOP), 0);
	assert_int_equal(kill(process->shadow, SIGTERM), 0);
	status = process_wait(process);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGTERM);
}

static void test_peer_hangs_up(void **state)
{
	struct process *process = *state;
	int status;

	nimbos_client_slot_detach(&process->slot);
	nimbos_sim_disconnect(process->sim, process->slot.no);
	status = process_wait(process);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EXIT_SLOT_DIED);
	fclose(process->slot.data);
	/* For the teardown. */
	process_start(process, "--poll-us=0");
}

/* In the middle of a call that would never end, and of others; each time a new one takes over. */
static void test_killed(void **state)
{
	struct process *process = *state;

	for (int i = 0; i < 30; i++) {
		struct nimbos_client_lane *lane = &process->lane[0].lane;
		int *fds = process_memory(process, 8);
		struct nimbos_client_result result;
		struct timespec before, after;

		assert_int_equal(CALL(process, pipe, AT(fds)), 0);
		assert_int_equal(nimbos_client_submit(lane, i % 2 ? SYS_read : NIMBOS_SCF_NR_NOP,
						      (__u64[6]){ fds[0], AT(fds + 2), 1 }, 0), 0);
		assert_int_equal(nimbos_client_submit(lane, SYS_read,
						      (__u64[6]){ fds[0], AT(fds + 2), 1 }, 1), 0);
		nimbos_client_flush(lane);
		clock_gettime(CLOCK_MONOTONIC, &before);
		assert_int_equal(kill(process->shadow, SIGKILL), 0);
		while (nimbos_client_reap(lane, &result, 1) >= 0)
			nimbos_client_wait(lane, 0, 10000000000);
		assert_int_equal(nimbos_client_reap(lane, &result, 1), -ECONNRESET);
		clock_gettime(CLOCK_MONOTONIC, &after);
		assert_true(after.tv_sec - before.tv_sec < 5);
		assert_true(WIFSIGNALED(process_wait(process)));
		process_end(process);
		process_start(process, i % 3 ? "--poll-us=50" : "--poll-us=0");
		assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_NOP), 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, process_setup, process_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_arguments),
		TEST(test_refusals),
		TEST(test_wrong_pointers),
		TEST(test_own_memory),
		TEST(test_own_descriptors),
		TEST(test_exec),
		TEST(test_workers_come_and_go),
		TEST(test_priority),
		TEST(test_garbage_in_a_ring),
		TEST(test_garbage_and_exit),
		TEST(test_exit),
		TEST(test_exit_and_hang_up),
		TEST(test_signal),
		TEST(test_peer_hangs_up),
		TEST(test_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
