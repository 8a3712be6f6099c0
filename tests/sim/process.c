// SPDX-License-Identifier: GPL-2.0
/*
 * End-to-end tests over the sim: the fixture.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"

/* The thread sanitizer leaves programs only some addresses. */
#ifdef __SANITIZE_THREAD__
#define WINDOW_VA "--window-va=0x4000000000"
#else
#define WINDOW_VA "--window-va=0x200000000000"
#endif

/* The death of a slot that a test is attached to comes out in its calls. */
#define CALL_TIMEOUT_NS 20000000000ULL

/* Run the shadow. Its log says when it listens. */
static pid_t start_shadow(const char *socket, const char *option, FILE **log)
{
	const char *path = getenv("NIMBOS_SHADOW");
	char sim[160];
	int fds[2];
	pid_t pid;

	assert_non_null(path);
	snprintf(sim, sizeof(sim), "--sim=%s", socket);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fds[1], STDERR_FILENO);
		execl(path, "nimbos-shadow", "-v", "--lanes=6", "--depth=8", "--window=4M",
		      WINDOW_VA, sim, option, "program", "first", "second one", NULL);
		_exit(99);
	}
	close(fds[1]);
	*log = fdopen(fds[0], "r");
	assert_non_null(*log);
	return pid;
}

static void wait_until_it_listens(FILE *log)
{
	char line[512];

	do {
		assert_non_null(fgets(line, sizeof(line), log));
	} while (!strstr(line, "waiting for a peer"));
}

void process_start(struct process *process, const char *option)
{
	char socket[128];
	uint32_t epoch;
	FILE *log;
	int no;

	snprintf(socket, sizeof(socket), "%s/socket", process->dir);
	process->shadow = start_shadow(socket, option, &log);
	wait_until_it_listens(log);
	no = nimbos_sim_connect(process->sim, socket, &epoch);
	if (no < 0)
		fail_msg("cannot connect: %s", strerror(-no));
	/* The pipe stays open while the shadow lives: it has room for far more than is logged. */
	process->slot.data = log;
	assert_int_equal(nimbos_client_slot_attach(nimbos_sim_client(process->sim), &process->slot,
						   no, epoch), 0);
	process->slot.data = log;
	assert_int_equal(nimbos_client_lane_open(&process->slot, &process->lane[0].lane, 0,
						 process->calls[0], CALLS), 0);
	process->lane[0].lane.poll_ns = 20000;
	process->lane[0].lane.timeout_ns = CALL_TIMEOUT_NS;
	process->brk = (char *)(uintptr_t)process->slot.window_va;
}

void process_end(struct process *process)
{
	FILE *log = process->slot.data;

	if (process->shadow) {
		kill(process->shadow, SIGKILL);
		process_wait(process);
	}
	fclose(log);
	nimbos_client_slot_detach(&process->slot);
	nimbos_sim_disconnect(process->sim, process->slot.no);
}

int process_wait(struct process *process)
{
	int status;

	assert_int_equal(waitpid(process->shadow, &status, 0), process->shadow);
	process->shadow = 0;
	return status;
}

int process_setup_by(void **state, const char *(*prepare)(struct process *process))
{
	struct process *process = calloc(1, sizeof(*process));

	assert_non_null(process);
	strcpy(process->dir, "/tmp/nimbos-sim.XXXXXX");
	assert_non_null(mkdtemp(process->dir));
	assert_int_equal(nimbos_sim_open(&process->sim, 1, NULL), 0);
	process_start(process, prepare(process));
	*state = process;
	return 0;
}

static const char *poll_a_while(struct process *process)
{
	(void)process;
	return "--poll-us=50";
}

static const char *sleep_at_once(struct process *process)
{
	(void)process;
	return "--poll-us=0";
}

int process_setup(void **state)
{
	return process_setup_by(state, poll_a_while);
}

int process_setup_sleeping(void **state)
{
	return process_setup_by(state, sleep_at_once);
}

int process_teardown(void **state)
{
	struct process *process = *state;
	char command[128];

	process_end(process);
	nimbos_sim_close(process->sim);
	snprintf(command, sizeof(command), "rm -r '%s'", process->dir);
	assert_int_equal(system(command), 0);
	free(process);
	return 0;
}

void *process_memory(struct process *process, size_t size)
{
	char *memory = process->brk;

	process->brk += (size + 4095) / 4096 * 4096;
	assert_true((uintptr_t)process->brk <=
		    process->slot.window_va + process->slot.window_size);
	return memory;
}

char *process_string(struct process *process, const char *text)
{
	return strcpy(process_memory(process, strlen(text) + 1), text);
}

char *process_path(struct process *process, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", process->dir, name);
	return process_string(process, path);
}

int64_t process_clone(struct process *process, unsigned int lane)
{
	struct nimbos_client_lane *new = &process->lane[lane].lane;

	assert_int_equal(nimbos_client_lane_open(&process->slot, new, lane, process->calls[lane],
						 CALLS), 0);
	new->poll_ns = 20000;
	new->timeout_ns = CALL_TIMEOUT_NS;
	return CALL_ON(process, 0, NIMBOS_SCF_NR_CLONE, lane);
}

int64_t process_call(struct process *process, unsigned int lane, unsigned int nr,
		     const uint64_t args[6])
{
	return nimbos_client_call6(&process->lane[lane].lane, nr, args[0], args[1], args[2],
				   args[3], args[4], args[5]);
}
