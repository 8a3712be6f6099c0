// SPDX-License-Identifier: GPL-2.0
/*
 * Many threads, each with a lane: does every call get its own answer?
 */
#include "program.h"
#include "sys.h"

#define MAX_THREADS NIMBOS_SCF_MAX_LANES
#define MESSAGE 64

struct job {
	struct worker worker;
	u64 calls;
	u64 salt;
	s64 pid;
	char out[MESSAGE];
	char in[MESSAGE];
};

/* A pipe of its own: whatever comes back must be what this thread has just sent. */
static void exchange(void *argument)
{
	struct job *job = argument;
	int fds[2];
	u64 sent = 0;

	must(sys_pipe(fds, 0), "pipe2");
	for (u64 made = 0; made < job->calls; made += 3, sent += MESSAGE) {
		fill_pattern(job->out, MESSAGE, sent, job->salt);
		write_all(fds[1], job->out, MESSAGE);
		if (sys(NR_GETPID) != job->pid)
			fail("getpid: not %ld any more", job->pid);
		read_all(fds[0], job->in, MESSAGE);
		if (!is_pattern(job->in, MESSAGE, sent, job->salt))
			fail("thread %lu read what it has not written", job->salt);
	}
	must(sys_close(fds[0]), "close");
	must(sys_close(fds[1]), "close");
}

int main_threads(int argc, char **argv)
{
	u64 n = argc > 1 ? parse_number(argv[1]) : 4;
	u64 calls = argc > 2 ? parse_number(argv[2]) : 300;
	struct job *jobs;
	s64 pid = must(sys(NR_GETPID), "getpid");

	if (!n || n >= MAX_THREADS)
		fail("N must be 1 to %u", MAX_THREADS - 1);
	jobs = allocate(n * sizeof(*jobs));
	for (u64 i = 0; i < n; i++) {
		jobs[i] = (struct job){ .calls = calls, .salt = i + 1, .pid = pid };
		must(worker_start(&jobs[i].worker, exchange, &jobs[i], i % 4 * 10), "thread");
	}
	for (u64 i = 0; i < n; i++)
		worker_join(&jobs[i].worker);
	print("threads: ok n=%lu calls=%lu\n", n, sys_calls());
	return 0;
}
