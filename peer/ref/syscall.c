// SPDX-License-Identifier: GPL-2.0
/*
 * System calls: which are served here, and the small ones of them.
 */
#include "cpu.h"
#include "errno.h"
#include "fault.h"
#include "memory.h"
#include "process.h"
#include "rtos.h"
#include "sched.h"
#include "syscall.h"
#include "time.h"
#include "uintr.h"

void *user_memory(u64 address, u64 size)
{
	const struct nimbos_client_slot *slot = &thread_current->process->slot;
	u64 offset = address - slot->window_va;

	if (offset >= slot->window_size || size > slot->window_size - offset)
		return NULL;
	return (char *)slot->window + offset;
}

s64 call_sched_yield(struct frame *frame)
{
	thread_yield();
	return 0;
}

s64 call_brk(struct frame *frame)
{
	struct process *process = thread_current->process;
	u64 limit = process->stacks_end - process->nr_stacks * USER_STACK_SIZE;

	if (frame->rdi >= process->slot.window_va && frame->rdi <= limit)
		process->heap_end = frame->rdi;
	return process->heap_end;
}

static s64 call_waiting(struct frame *frame)
{
	thread_current->poll_ns = frame->rdi;
	thread_current->timeout_ns = frame->rsi;
	return 0;
}

static s64 call_info(struct frame *frame)
{
	const struct nimbos_client_slot *slot = &thread_current->process->slot;
	struct rtos_info *info = user_memory(frame->rdi, sizeof(*info));

	if (!info)
		return -EFAULT;
	*info = (struct rtos_info){
		.pages_free = pages_free(),
		.threads_free = threads_free(),
		.processes = processes_alive(),
		.window_end = slot->window_va + slot->window_size,
		.calls = thread_current->process->calls,
	};
	return 0;
}

static s64 call_upids(struct frame *frame)
{
	return uintr_spoil_upids(frame->rdi, frame->rsi);
}

static s64 call_panic(struct frame *frame)
{
	panic("a program asked for it");
}

static s64 call_hang(struct frame *frame)
{
	fault_hang("a program asked for it");
}

static s64 (*const own_calls[])(struct frame *frame) = {
	[RTOS_NR_THREAD - RTOS_NR_FIRST] = call_thread,
	[RTOS_NR_JOIN - RTOS_NR_FIRST] = call_join,
	[RTOS_NR_WAITING - RTOS_NR_FIRST] = call_waiting,
	[RTOS_NR_CALL - RTOS_NR_FIRST] = call_any,
	[RTOS_NR_BATCH - RTOS_NR_FIRST] = call_batch,
	[RTOS_NR_RAW - RTOS_NR_FIRST] = call_raw,
	[RTOS_NR_SEQ - RTOS_NR_FIRST] = call_seq,
	[RTOS_NR_INFO - RTOS_NR_FIRST] = call_info,
	[RTOS_NR_UPIDS - RTOS_NR_FIRST] = call_upids,
	[RTOS_NR_PANIC - RTOS_NR_FIRST] = call_panic,
	[RTOS_NR_HANG - RTOS_NR_FIRST] = call_hang,
};

static s64 dispatch(struct frame *frame)
{
	u64 args[6] = { frame->rdi, frame->rsi, frame->rdx, frame->r10, frame->r8, frame->r9 };

	switch (frame->rax) {
	case LINUX_NR_BRK:
		return call_brk(frame);
	case LINUX_NR_SCHED_YIELD:
		return call_sched_yield(frame);
	case LINUX_NR_NANOSLEEP:
		return call_nanosleep(frame);
	case LINUX_NR_FUTEX:
		return call_futex(frame);
	case LINUX_NR_FORK:
		return call_fork(frame);
	case LINUX_NR_EXIT:
		return call_exit(frame);
	case LINUX_NR_EXIT_GROUP:
		return call_exit_group(frame);
	case RTOS_NR_FIRST ... RTOS_NR_LAST:
		return own_calls[frame->rax - RTOS_NR_FIRST](frame);
	case NR_END ... ~0UL:
		return -ENOSYS;
	default:
		return forward(frame->rax, args);
	}
}

void syscall(struct frame *frame)
{
	frame->rax = dispatch(frame);
	thread_return_to_user();
}
