/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REF_SCHED_H
#define REF_SCHED_H

#include "trap.h"
#include "types.h"

struct process;

#define PRIORITY_IDLE (-1)
#define PRIORITY_MAX 99 /* of a program's thread; 0 is none */
#define PRIORITY_KERNEL 100

#define TIME_FOREVER (~0UL)

enum thread_state {
	THREAD_FREE,
	THREAD_NEW,   /* made, but not started */
	THREAD_READY, /* in the queue of its priority, or running */
	THREAD_BLOCKED,
};

/**
 * struct thread - a thread; from a pool that is as large as memory allows
 * @saved_rsp: of a thread that does not run: what switch_stacks() goes on with
 * @stack_top: end of its kernel stack; below it lies the struct frame of a program's thread
 * @process: whose, NULL for a thread of the kernel
 * @lane: of @process, with which it makes its calls
 * @stack: which of the process's stacks it has
 * @tid: its number in Linux, as a worker of the shadow
 * @state: enum thread_state
 * @priority: PRIORITY_*
 * @woken: thread_wake() was called, and no thread_block() has returned for it yet
 * @preemptible: in the kernel, but holds nothing: interrupts are on, and others may run
 * @pinned: must reach its return to the program, whatever happens to the process
 * @deadline: of a blocked thread, TIME_FOREVER for none
 * @slice_end: when others of the same priority get their turn
 * @poll_ns: how long it polls for a response before it sleeps, or RTOS_POLL_ADAPTIVE
 * @timeout_ns: how long it waits for a response
 * @wait_key: what it waits for, for those who look for such threads
 * @next: in the queue, or in the list of free threads
 * @next_sleeper: in the list of threads that have a deadline
 *
 * All of it is only touched with interrupts off.
 */
struct thread {
	u64 saved_rsp;
	u64 stack_top;
	struct process *process;
	u32 lane;
	u32 stack;
	s64 tid;
	enum thread_state state;
	int priority;
	bool woken;
	bool preemptible;
	bool pinned;
	u64 deadline;
	u64 slice_end;
	u64 poll_ns;
	u64 timeout_ns;
	u64 wait_key;
	struct thread *next;
	struct thread *next_sleeper;
};

extern struct thread *thread_current;

/* Where the registers of a program's thread are kept while it is in the kernel. */
static inline struct frame *thread_frame(struct thread *thread)
{
	return (struct frame *)thread->stack_top - 1;
}

/* Makes the pool of threads, and the caller the idle thread. */
void sched_init(void);

/* What the idle thread does. */
_Noreturn void sched_idle(void);

/* The timer's interrupt. */
void sched_timer(void);

/* Whether a thread could run that is at least as urgent as the current one. */
bool sched_others_ready(void);

/**
 * thread_create() - a new thread, that does not run yet
 * @start: where it begins, in the kernel, with interrupts off; does not return
 * @priority: PRIORITY_*
 *
 * Return: the thread, to be started by thread_start(), or NULL if there is none left.
 */
struct thread *thread_create(void (*start)(void), int priority);

void thread_start(struct thread *thread);

/* Ends a thread that does not run, wherever it stands. */
void thread_destroy(struct thread *thread);

_Noreturn void thread_exit(void);

/**
 * thread_block() - sleep until thread_wake(), or until a time
 * @deadline: on time_ns()'s clock, or TIME_FOREVER
 *
 * A wake that has come since the last thread_block() is not lost: it makes this one return at once.
 * Callers look again at what they wait for.
 */
void thread_block(u64 deadline);

void thread_wake(struct thread *thread);

void thread_yield(void);

void thread_set_priority(struct thread *thread, int priority);

/* Around long work in the kernel that holds nothing: interrupts and other threads may come. */
void thread_preempt_on(void);
void thread_preempt_off(void);

/* Lets a more urgent thread run, if the interrupt that ends here has made one ready. */
void sched_irq_exit(void);

/* On the way back to the program: others' turn, and the end of a process that is to end. */
void thread_return_to_user(void);

u32 threads_free(void);

#endif /* REF_SCHED_H */
