/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LEGACY_PROCESS_H
#define LEGACY_PROCESS_H

#include "queue.h"
#include "sched.h"
#include "types.h"

#define MAX_PROCESSES 32
#define MAX_AREAS 40

#define USER_STACK_SIZE 0x4000UL

/**
 * struct area - a part of a program's memory
 * @start: address, page-aligned
 * @size: in bytes, page-aligned
 * @rights: MAP_*
 */
struct area {
	u64 start;
	u64 size;
	u32 rights;
};

/**
 * struct process - a process
 * @pid: its number, 0 for a structure that is free
 * @queue: where its requests go
 * @root: of its page tables
 * @areas: its memory, as many as @nr_areas
 * @nr_areas: how many there are
 * @nr_threads: how many have not ended; 0: the process has
 * @stacks_made: bitmap of the stacks that are among @areas
 * @stacks_used: bitmap of those that threads have
 * @status: what it ended with
 * @waiter: a thread that waits for its end, or NULL
 * @joiner: its thread that waits for the end of all others, or NULL
 */
struct process {
	u32 pid;
	struct queue *queue;
	u64 *root;
	struct area areas[MAX_AREAS];
	u32 nr_areas;
	u32 nr_threads;
	u64 stacks_made;
	u64 stacks_used;
	int status;
	struct thread *waiter;
	struct thread *joiner;
};

/* Starts the first process, and again each time that it has ended. */
void process_init(void);

/* New memory, of zeroes. Return: false if there is none left; a part may have been added then. */
bool process_add(struct process *process, u64 start, u64 size, u32 rights);

/* Copies to a process's memory, whatever its rights. */
void process_write(struct process *process, u64 to, const void *from, size_t size);

/* Calls of the current program; each in its own words in rtos.h. */
s64 process_fork(const struct frame *frame);
s64 process_thread(u64 entry, u64 argument);
s64 process_join(void);
s64 process_wait(u32 pid, int *status);
s64 process_exec(const char *path, struct frame *frame);
_Noreturn void process_exit(int status);

#endif /* LEGACY_PROCESS_H */
