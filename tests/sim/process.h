/* SPDX-License-Identifier: GPL-2.0 */
/*
 * End-to-end tests over the sim: a process of a peer, hosted in the test, whose shadow is a real
 * nimbos-shadow.
 */
#ifndef SIM_PROCESS_H
#define SIM_PROCESS_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <cmocka.h>

#include "nimbos_sim.h"

#define LANES 6
#define CALLS 8

/**
 * struct process - a process of the peer
 * @sim: the peer
 * @slot: its slot
 * @lane: its lanes; lane 0 is open
 * @calls: theirs
 * @shadow: process ID of its shadow; 0 once it has been waited for
 * @dir: a directory of its own
 * @option: of its shadow, for who makes one up
 * @brk: where the window is free
 */
struct process {
	struct nimbos_sim *sim;
	struct nimbos_client_slot slot;
	struct nimbos_sim_lane lane[LANES];
	struct nimbos_client_call calls[LANES][CALLS];
	pid_t shadow;
	char dir[64];
	char option[128];
	char *brk;
};

/*
 * A process whose shadow has the option that @prepare returns, which may make files in the
 * process's directory.
 */
int process_setup_by(void **state, const char *(*prepare)(struct process *process));

/* For cmocka: a process whose shadow has default options, or does not poll; and its end. */
int process_setup(void **state);
int process_setup_sleeping(void **state);
int process_teardown(void **state);

/* Start a shadow and attach to its slot; and let go of both. */
void process_start(struct process *process, const char *option);
void process_end(struct process *process);

/* Wait for the shadow; its wait status. */
int process_wait(struct process *process);

/* Memory of the window, for ever. */
void *process_memory(struct process *process, size_t size);

/* A copy of a text in the window. */
char *process_string(struct process *process, const char *text);

/* The path of a file in the process's directory, in the window. */
char *process_path(struct process *process, const char *name);

/* Begin to use a lane, with a worker cloned by lane 0; its thread ID. */
int64_t process_clone(struct process *process, unsigned int lane);

/* Make a call on a lane as a system-call instruction would. */
int64_t process_call(struct process *process, unsigned int lane, unsigned int nr,
		     const uint64_t args[6]);

#define CALL_ON(process, lane, nr, ...) \
	process_call(process, lane, nr, (uint64_t[6]){ __VA_ARGS__ })
#define CALL(process, name, ...) CALL_ON(process, 0, SYS_##name, __VA_ARGS__)
#define AT(pointer) ((uint64_t)(uintptr_t)(pointer))

#endif /* SIM_PROCESS_H */
