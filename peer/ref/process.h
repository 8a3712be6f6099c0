/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REF_PROCESS_H
#define REF_PROCESS_H

#include "client.h"
#include "trap.h"
#include "types.h"

struct thread;

/* What a shadow exits with whose process could not be started, as a shell's "cannot execute". */
#define STATUS_CANNOT_START 126

/* Calls that a thread can have in flight at once. */
#define CALLS_PER_LANE 64

/* A stack of a program, with the page below it that is not mapped; aligned to its size. */
#define USER_STACK_SIZE 0x10000UL

/**
 * struct lane_page - a lane that has been opened; lasts as long as its process
 * @lane: its @data is the thread that uses it, NULL for none
 * @calls: for @lane
 */
struct lane_page {
	struct nimbos_client_lane lane;
	struct nimbos_client_call calls[CALLS_PER_LANE];
};

_Static_assert(sizeof(struct lane_page) <= PAGE_SIZE, "a lane takes one page");

/**
 * struct process - a process, in a page of its own
 * @slot: what it is attached to
 * @root: of its page tables
 * @heap_end: end of the heap; what lies above it, but below the stacks, has never been used
 * @stacks_end: end of the stacks; number n ends at @stacks_end - n * USER_STACK_SIZE
 * @nr_stacks: how many stacks there are room for
 * @stacks_used: bitmap
 * @lane: lanes that were opened, NULL for others
 * @threads: by lane, NULL for a lane that nobody uses
 * @nr_threads: in @threads
 * @died: the shadow is gone
 * @exiting: by the program's own wish, or by its fault
 * @calls: that were forwarded
 * @failed_calls: that ended because the shadow died
 */
struct process {
	struct nimbos_client_slot slot;
	u64 *root;
	u64 heap_end;
	u64 stacks_end;
	u32 nr_stacks;
	u64 stacks_used;
	struct lane_page *lane[NIMBOS_SCF_MAX_LANES];
	struct thread *threads[NIMBOS_SCF_MAX_LANES];
	u32 nr_threads;
	bool died;
	bool exiting;
	u64 calls;
	u32 failed_calls;
};

_Static_assert(sizeof(struct process) <= PAGE_SIZE, "a process takes one page");
_Static_assert(!offsetof(struct process, slot), "process_of() relies on it");

static inline struct process *process_of(struct nimbos_client_slot *slot)
{
	return (struct process *)slot;
}

static inline bool process_ends(const struct process *process)
{
	return process->died || process->exiting;
}

/* Makes the thread of the kernel that starts processes. */
void process_init(void);

/* A slot wants a process. Called by the doorbell. */
void process_request(u32 slot, u32 epoch);

/* The slot's shadow is gone. Called by the doorbell. */
void process_slot_died(struct process *process);

/**
 * process_alloc() - a process that is attached to nothing yet
 *
 * It has a page for lane 0 already, so that later it can always say to its shadow that it exits.
 * Return: the process, or NULL if memory ran out.
 */
struct process *process_alloc(void);

/* Frees a process that is attached to nothing. */
void process_free(struct process *process);

/* Lets go of a process's slot, and frees the process; it has no thread. */
void process_release(struct process *process);

/* Maps an attached process's memory. Return: 0, -ENOMEM, or -EINVAL if its window is too small. */
int process_map(struct process *process);

/* The lane @no, opened if it was not yet; NULL if memory ran out. */
struct nimbos_client_lane *process_lane(struct process *process, u32 no);

/**
 * process_thread() - a new thread for a process, that does not run yet
 * @process: the process
 * @lane: for the thread: opened, and not in use
 * @stack: for the thread: not in use
 * @frame: the registers with which it begins
 *
 * Return: the thread, to be started by thread_start(), or NULL if there is none left.
 */
struct thread *process_thread(struct process *process, u32 lane, u32 stack,
			      const struct frame *frame);

/* Ends a thread that does not run, wherever it stands, or was never started. */
void process_thread_destroy(struct thread *thread);

/**
 * process_refuse() - end a process that is attached, but cannot run
 * @process: the process, which has no thread; it is freed
 * @status: what the shadow exits with
 *
 * Sleeps until the shadow has answered.
 */
void process_refuse(struct process *process, int status);

/* The current thread ends, and with the last one its process. */
_Noreturn void process_leave(void);

/* The current thread's process ends with @status; its other threads end where they are. */
_Noreturn void process_exit(int status);

u32 processes_alive(void);

#endif /* REF_PROCESS_H */
