// SPDX-License-Identifier: GPL-2.0
/*
 * Calls that make and end threads and processes.
 */
#include "console.h"
#include "cpu.h"
#include "errno.h"
#include "layout.h"
#include "memory.h"
#include "process.h"
#include "sched.h"
#include "syscall.h"

static u64 stack_end(const struct process *process, u32 stack)
{
	return process->stacks_end - stack * USER_STACK_SIZE;
}

/* A lane that nobody uses; lane 0 is the first thread's and never free while the process lives. */
static struct nimbos_client_lane *free_lane(struct process *process)
{
	for (u32 no = 1; no < process->slot.lanes; no++) {
		if (!process->threads[no])
			return process_lane(process, no);
	}
	return NULL;
}

s64 call_thread(struct frame *frame)
{
	struct process *process = thread_current->process;
	struct frame first = {
		.rdi = frame->rsi,
		.rip = frame->rdi,
		.cs = USER_CS,
		.rflags = RFLAGS_IF,
		.ss = USER_DS,
	};
	u32 stack = __builtin_ctzl(~process->stacks_used);
	struct nimbos_client_lane *lane;
	struct thread *thread;
	u64 args[6] = { 0 };
	s64 tid;

	/* Programs are in the image. IRET to what is no address at all would be our own fault. */
	if (frame->rdi < KERNEL_BASE || frame->rdx > PRIORITY_MAX)
		return -EINVAL;
	lane = free_lane(process);
	if (!lane || stack >= process->nr_stacks)
		return -EAGAIN;
	first.rsp = stack_end(process, stack) - sizeof(u64);
	thread = process_thread(process, lane->no, stack, &first);
	if (!thread)
		return -EAGAIN;

	/* Both stay, even if the process ends: the new one is in nobody's hands yet. */
	thread_current->pinned = true;
	thread->pinned = true;
	args[0] = lane->no;
	tid = forward(NIMBOS_SCF_NR_CLONE, args);
	thread_current->pinned = false;
	thread->pinned = false;
	if (tid < 0 || process_ends(process)) {
		process_thread_destroy(thread);
		return tid;
	}
	thread->tid = tid;
	thread_set_priority(thread, frame->rdx);
	thread_start(thread);
	return tid;
}

static bool is_alive(const struct process *process, s64 tid)
{
	for (u32 i = 0; i < NIMBOS_SCF_MAX_LANES; i++) {
		if (process->threads[i] && process->threads[i]->tid == tid)
			return true;
	}
	return false;
}

s64 call_join(struct frame *frame)
{
	struct process *process = thread_current->process;

	if (frame->rdi == (u64)thread_current->tid)
		return -EINVAL;
	while (is_alive(process, frame->rdi) && !process_ends(process))
		thread_block(TIME_FOREVER);
	return 0;
}

s64 call_exit(struct frame *frame)
{
	u64 args[6] = { 0 };

	/* Lane 0 may not end before the others. */
	if (!thread_current->lane)
		process_exit(frame->rdi);
	forward(NIMBOS_SCF_NR_EXIT, args);
	process_leave();
}

s64 call_exit_group(struct frame *frame)
{
	process_exit(frame->rdi);
}

static bool same_shape(const struct nimbos_client_slot *a, const struct nimbos_client_slot *b)
{
	return a->window_va == b->window_va && a->window_size == b->window_size &&
	       a->lanes == b->lanes;
}

/* What the parent has used of its window: the heap, and the stack of the thread that forks. */
static void copy_window(struct process *child, const struct process *parent, u32 stack)
{
	u64 heap_size = parent->heap_end - parent->slot.window_va;
	u64 stack_at = stack_end(parent, stack) - USER_STACK_SIZE - parent->slot.window_va;

	child->heap_end = parent->heap_end;
	thread_preempt_on();
	memcpy(child->slot.window, parent->slot.window, heap_size);
	memcpy((char *)child->slot.window + stack_at, (char *)parent->slot.window + stack_at,
	       USER_STACK_SIZE);
	thread_preempt_off();
}

static struct thread *child_thread(struct process *child, const struct frame *frame)
{
	const struct thread *parent_thread = thread_current;
	struct frame first = *frame;
	struct thread *thread;

	if (!same_shape(&child->slot, &parent_thread->process->slot) || process_map(child))
		return NULL;
	process_lane(child, 0);
	copy_window(child, parent_thread->process, parent_thread->stack);
	first.rax = 0;
	thread = process_thread(child, 0, parent_thread->stack, &first);
	if (!thread)
		return NULL;
	thread->poll_ns = parent_thread->poll_ns;
	thread->timeout_ns = parent_thread->timeout_ns;
	thread_set_priority(thread, parent_thread->priority);
	return thread;
}

s64 call_fork(struct frame *frame)
{
	struct process *child = process_alloc();
	struct thread *thread;
	s64 pid;

	if (!child)
		return -ENOMEM;
	/* Whatever happens to this process: the child's slot must not get lost. */
	thread_current->pinned = true;
	pid = forward_fork(&child->slot);
	if (pid < 0) {
		process_free(child);
	} else {
		thread = child_thread(child, frame);
		if (thread) {
			thread_start(thread);
		} else {
			kernel_log("slot %u: no memory for the child of slot %u", child->slot.no,
				   thread_current->process->slot.no);
			process_refuse(child, STATUS_CANNOT_START);
			pid = -ENOMEM;
		}
	}
	thread_current->pinned = false;
	return pid;
}
