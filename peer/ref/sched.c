// SPDX-License-Identifier: GPL-2.0
/*
 * Threads: the most urgent one runs, those of the same priority in turn.
 */
#include "client.h"
#include "cpu.h"
#include "memory.h"
#include "paging.h"
#include "process.h"
#include "rtos.h"
#include "sched.h"
#include "time.h"
#include "timer.h"

#define MAX_THREADS 1024
#define MIN_THREADS 8
/* Stacks take at most this part of the memory. */
#define STACKS_PART 4

#define TICK_NS (10 * NS_PER_MS)
#define SLICE_NS (10 * NS_PER_MS)

#define NR_PRIORITIES (PRIORITY_KERNEL + 1)

struct queue {
	struct thread *first;
	struct thread *last;
};

/* In entry.S. */
void switch_stacks(u64 *save, u64 load);

static struct thread threads[MAX_THREADS];
static struct thread idle = { .priority = PRIORITY_IDLE, .state = THREAD_READY };
static struct thread *free_threads;
static u32 nr_free_threads;
static struct thread *sleepers;

static struct queue queues[NR_PRIORITIES];
static u64 queues_used[(NR_PRIORITIES + 63) / 64];

static bool need_resched;

struct thread *thread_current = &idle;

static void enqueue(struct thread *thread, bool at_head)
{
	struct queue *queue = &queues[thread->priority];

	if (at_head) {
		thread->next = queue->first;
		queue->first = thread;
		if (!queue->last)
			queue->last = thread;
	} else {
		thread->next = NULL;
		if (queue->last)
			queue->last->next = thread;
		else
			queue->first = thread;
		queue->last = thread;
	}
	queues_used[thread->priority / 64] |= 1UL << thread->priority % 64;
}

static void dequeue(struct thread *thread)
{
	struct queue *queue = &queues[thread->priority];
	struct thread *before = NULL;

	if (queue->first == thread) {
		queue->first = thread->next;
	} else {
		for (before = queue->first; before->next != thread;)
			before = before->next;
		before->next = thread->next;
	}
	if (queue->last == thread)
		queue->last = before;
	if (!queue->first)
		queues_used[thread->priority / 64] &= ~(1UL << thread->priority % 64);
}

static int highest_ready(void)
{
	for (int i = ARRAY_SIZE(queues_used) - 1; i >= 0; i--) {
		if (queues_used[i])
			return i * 64 + 63 - __builtin_clzl(queues_used[i]);
	}
	return PRIORITY_IDLE;
}

bool sched_others_ready(void)
{
	return highest_ready() >= thread_current->priority;
}

static void set_timer(u64 now)
{
	u64 next = now + TICK_NS;

	if (sleepers && sleepers->deadline < next)
		next = sleepers->deadline;
	timer_set(next > now ? next - now : 0);
}

static void add_sleeper(struct thread *thread)
{
	struct thread **at = &sleepers;

	while (*at && (*at)->deadline <= thread->deadline)
		at = &(*at)->next_sleeper;
	thread->next_sleeper = *at;
	*at = thread;
	if (sleepers == thread)
		set_timer(time_ns());
}

static void remove_sleeper(struct thread *thread)
{
	struct thread **at = &sleepers;

	while (*at != thread)
		at = &(*at)->next_sleeper;
	*at = thread->next_sleeper;
}

/* Gives the CPU to the most urgent thread; the current one is in its queue, if it wants to be. */
static void switch_to_next(void)
{
	struct thread *before = thread_current;
	int priority = highest_ready();
	struct thread *next = &idle;

	need_resched = false;
	if (priority != PRIORITY_IDLE) {
		next = queues[priority].first;
		dequeue(next);
	}
	next->slice_end = time_ns() + SLICE_NS;
	if (next == before)
		return;
	thread_current = next;
	/* Threads of the kernel run in whatever root there is: process_leave() sees to that. */
	if (next->process && next->process != before->process)
		paging_switch(next->process->root);
	trap_set_stack(next->stack_top);
	switch_stacks(&before->saved_rsp, next->saved_rsp);
}

static void reschedule(bool at_head)
{
	if (thread_current != &idle)
		enqueue(thread_current, at_head);
	switch_to_next();
}

static void make_ready(struct thread *thread)
{
	if (thread->deadline != TIME_FOREVER)
		remove_sleeper(thread);
	thread->deadline = TIME_FOREVER;
	thread->state = THREAD_READY;
	enqueue(thread, false);
	if (thread->priority > thread_current->priority)
		need_resched = true;
}

void thread_wake(struct thread *thread)
{
	u64 flags = irq_save();

	thread->woken = true;
	if (thread->state == THREAD_BLOCKED)
		make_ready(thread);
	irq_restore(flags);
}

void thread_block(u64 deadline)
{
	struct thread *thread = thread_current;
	u64 flags = irq_save();

	if (!thread->woken && (deadline == TIME_FOREVER || time_ns() < deadline)) {
		thread->state = THREAD_BLOCKED;
		thread->deadline = deadline;
		if (deadline != TIME_FOREVER)
			add_sleeper(thread);
		switch_to_next();
	}
	thread->woken = false;
	irq_restore(flags);
}

void thread_yield(void)
{
	reschedule(false);
}

void thread_set_priority(struct thread *thread, int priority)
{
	if (thread != thread_current && thread->state == THREAD_READY) {
		dequeue(thread);
		thread->priority = priority;
		enqueue(thread, false);
	} else {
		thread->priority = priority;
	}
	if (highest_ready() > thread_current->priority)
		need_resched = true;
}

struct thread *thread_create(void (*start)(void), int priority)
{
	struct thread *thread = free_threads;
	u64 stack_top;
	u64 *stack;

	if (!thread)
		return NULL;
	free_threads = thread->next;
	nr_free_threads--;

	stack_top = thread->stack_top;
	/* What switch_stacks() pops, and where it returns to: as if @start had been called by 0. */
	stack = (u64 *)(stack_top - sizeof(struct frame)) - 8;
	memset(stack, 0, 8 * sizeof(u64));
	stack[6] = (u64)start;
	*thread = (struct thread){
		.saved_rsp = (u64)stack,
		.stack_top = stack_top,
		.state = THREAD_NEW,
		.priority = priority,
		.deadline = TIME_FOREVER,
		.timeout_ns = TIME_FOREVER,
		.poll_ns = RTOS_POLL_ADAPTIVE,
	};
	return thread;
}

void thread_start(struct thread *thread)
{
	make_ready(thread);
}

static void release(struct thread *thread)
{
	thread->state = THREAD_FREE;
	thread->process = NULL;
	thread->next = free_threads;
	free_threads = thread;
	nr_free_threads++;
}

void thread_destroy(struct thread *thread)
{
	if (thread->state == THREAD_READY)
		dequeue(thread);
	else if (thread->deadline != TIME_FOREVER)
		remove_sleeper(thread);
	release(thread);
}

void thread_exit(void)
{
	irq_disable();
	/* The stack is used a little longer, but nobody can take it before the switch. */
	release(thread_current);
	switch_to_next();
	__builtin_unreachable();
}

void thread_preempt_on(void)
{
	thread_current->preemptible = true;
	irq_enable();
}

void thread_preempt_off(void)
{
	irq_disable();
	thread_current->preemptible = false;
}

static bool slice_is_over(u64 now)
{
	return now >= thread_current->slice_end && sched_others_ready();
}

void sched_timer(void)
{
	u64 now = time_ns();

	nimbos_client_heartbeat(&client);
	while (sleepers && sleepers->deadline <= now) {
		struct thread *thread = sleepers;

		make_ready(thread);
	}
	if (slice_is_over(now))
		need_resched = true;
	set_timer(now);
}

void sched_irq_exit(void)
{
	if (need_resched && thread_current->preemptible)
		reschedule(!slice_is_over(time_ns()));
}

void thread_return_to_user(void)
{
	for (;;) {
		if (process_ends(thread_current->process))
			process_leave();
		if (!need_resched)
			return;
		reschedule(!slice_is_over(time_ns()));
	}
}

void sched_idle(void)
{
	for (;;) {
		if (need_resched)
			switch_to_next();
		else
			irq_wait();
	}
}

static bool make_stack(struct thread *thread, u32 n)
{
	u64 top = KSTACK_BASE + (n + 1UL) * KSTACK_STRIDE;

	for (u64 va = top - KSTACK_SIZE; va < top; va += PAGE_SIZE) {
		void *page = page_alloc();

		if (!page || !paging_map_kernel(va, virt_to_phys(page), PAGE_SIZE))
			return false;
	}
	thread->stack_top = top;
	return true;
}

void sched_init(void)
{
	u32 affordable = pages_free() / STACKS_PART / (KSTACK_SIZE / PAGE_SIZE);

	for (u32 n = 0; n < affordable && n < MAX_THREADS && make_stack(&threads[n], n); n++)
		release(&threads[n]);
	if (nr_free_threads < MIN_THREADS)
		panic("too little memory: private_size allows for %u threads only",
		      nr_free_threads);
}

u32 threads_free(void)
{
	return nr_free_threads;
}
