/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LEGACY_SCHED_H
#define LEGACY_SCHED_H

#include "trap.h"
#include "types.h"

struct process;

enum thread_state {
	THREAD_FREE,
	THREAD_READY, /* in the queue, or running */
	THREAD_BLOCKED,
};

/**
 * struct thread - a thread
 * @saved_rsp: of a thread that does not run: what switch_stacks() goes on with
 * @stack_top: end of its kernel stack; below it lies the struct frame of a program's thread
 * @process: whose, NULL for a thread of the kernel
 * @stack: which of the process's stacks it has
 * @state: enum thread_state
 * @next: in the queue
 * @queued: when its last request was in its queue, in cycles
 * @notified: when the shadow had been told of it
 *
 * All of it is only touched with interrupts off, as the whole kernel runs but where it is idle.
 */
struct thread {
	u64 saved_rsp;
	u64 stack_top;
	struct process *process;
	u32 stack;
	enum thread_state state;
	struct thread *next;
	u64 queued;
	u64 notified;
};

extern struct thread *thread_current;

/* Where the registers of a program's thread are kept while it is in the kernel. */
static inline struct frame *thread_frame(const struct thread *thread)
{
	return (struct frame *)thread->stack_top - 1;
}

/**
 * thread_start() - a new thread
 * @start: where it begins, in the kernel, with interrupts off; does not return
 * @process: whose, or NULL
 * @frame: registers with which it enters its program later, or NULL
 * @stack: which of the process's stacks it has
 *
 * There is one for each that all slots allow; more is a panic.
 */
void thread_start(void (*start)(void), struct process *process, const struct frame *frame,
		  u32 stack);

_Noreturn void thread_exit(void);

/* Sleeps until thread_wake(). Callers look again at what they wait for. */
void thread_block(void);

void thread_wake(struct thread *thread);

/* Lets the others run first. */
void thread_yield(void);

/* A tick: others have their turn, once the way leads back to a program. */
void sched_tick(void);

/* The way back to a program. */
void sched_return(void);

/* Whether the CPU looks for answers when nobody runs, instead of halting until an interrupt. */
void sched_poll(bool polls);

/* What is left of the boot code runs when nobody else does. */
_Noreturn void sched_idle(void);

#endif /* LEGACY_SCHED_H */
