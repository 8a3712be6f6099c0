// SPDX-License-Identifier: GPL-2.0
/*
 * Threads take turns. The kernel itself is not preempted.
 */
#include "cpu.h"
#include "paging.h"
#include "process.h"
#include "scf.h"
#include "sched.h"

/* Four in each of sixteen processes, what begins new ones, and a few that are about to end. */
#define MAX_THREADS 80
#define KSTACK_SIZE 0x2000

/* In entry.S. */
void switch_stacks(u64 *save, u64 load);

static u8 stacks[MAX_THREADS][KSTACK_SIZE] __attribute__((aligned(16)));
static struct thread threads[MAX_THREADS];
static struct thread idle = { .state = THREAD_READY };
static struct thread *first, *last;
static bool need_resched;
static bool idle_polls;

struct thread *thread_current = &idle;

static void enqueue(struct thread *thread)
{
	thread->next = NULL;
	if (first)
		last->next = thread;
	else
		first = thread;
	last = thread;
}

static void switch_to_next(void)
{
	struct thread *before = thread_current;
	struct thread *next = first ?: &idle;

	need_resched = false;
	if (first)
		first = first->next;
	if (next == before)
		return;
	thread_current = next;
	if (next->process && next->process != before->process)
		paging_switch(next->process->root);
	trap_set_stack(next->stack_top);
	switch_stacks(&before->saved_rsp, next->saved_rsp);
}

static struct thread *free_thread(void)
{
	for (u32 i = 0; i < MAX_THREADS; i++) {
		if (threads[i].state != THREAD_FREE)
			continue;
		threads[i].stack_top = (u64)stacks[i] + KSTACK_SIZE;
		return &threads[i];
	}
	panic("more than %u threads", MAX_THREADS);
}

void thread_start(void (*start)(void), struct process *process, const struct frame *frame,
		  u32 stack)
{
	struct thread *thread = free_thread();
	/* What switch_stacks() pops, and where it returns to: as if @start had been called by 0. */
	u64 *rsp = (u64 *)thread_frame(thread) - 8;

	memset(rsp, 0, 8 * sizeof(u64));
	rsp[6] = (u64)start;
	if (frame)
		*thread_frame(thread) = *frame;
	thread->saved_rsp = (u64)rsp;
	thread->process = process;
	thread->stack = stack;
	thread->state = THREAD_READY;
	enqueue(thread);
}

void thread_exit(void)
{
	/* The stack is used a little longer, but nobody can take it before the switch. */
	thread_current->state = THREAD_FREE;
	switch_to_next();
	__builtin_unreachable();
}

void thread_block(void)
{
	thread_current->state = THREAD_BLOCKED;
	switch_to_next();
}

void thread_wake(struct thread *thread)
{
	if (thread->state != THREAD_BLOCKED)
		return;
	thread->state = THREAD_READY;
	enqueue(thread);
	need_resched = true;
}

void thread_yield(void)
{
	enqueue(thread_current);
	switch_to_next();
}

void sched_tick(void)
{
	need_resched = true;
}

void sched_return(void)
{
	if (need_resched && first)
		thread_yield();
}

void sched_poll(bool polls)
{
	idle_polls = polls;
}

void sched_idle(void)
{
	for (;;) {
		if (first) {
			switch_to_next();
		} else if (idle_polls) {
			irq_enable();
			asm volatile("pause");
			irq_disable();
			scf_poll();
		} else {
			irq_wait();
		}
	}
}
