// SPDX-License-Identifier: GPL-2.0
/*
 * System calls. Programs belong to this image, and their pointers are not checked here: Linux is
 * to do that.
 */
#include "errno.h"
#include "process.h"
#include "queue.h"
#include "rtos.h"
#include "scf.h"
#include "sched.h"
#include "trap.h"

static u32 here, meetings;

static s64 meet(u32 n)
{
	u32 meeting = meetings;

	if (++here >= n) {
		here = 0;
		meetings++;
	}
	while (meeting == meetings) {
		scf_poll();
		thread_yield();
	}
	return 0;
}

/* The memory of a program is not that of whoever serves this request, when shadows change. */
static s64 beat(int fd)
{
	static const char dot = '.';

	return scf_write(fd, &dot, 1);
}

static s64 nop(u64 *stamps)
{
	s64 ret = scf_nop();

	if (stamps) {
		stamps[0] = thread_current->queued;
		stamps[1] = thread_current->notified;
	}
	return ret;
}

static s64 dispatch(struct frame *frame)
{
	u64 first = frame->rdi, second = frame->rsi, third = frame->rdx;

	switch (frame->rax) {
	case RTOS_READ:
		return scf_read(first, (void *)second, third);
	case RTOS_WRITE:
		return scf_write(first, (const void *)second, third);
	case RTOS_OPEN:
		return scf_open((const char *)first, second, third);
	case RTOS_CLOSE:
		return scf_close(first);
	case RTOS_STAT:
		return scf_stat((const char *)first);
	case RTOS_NOP:
		return nop((u64 *)first);
	case RTOS_CALL:
		return scf_call(first, (const u64 *)second);
	case RTOS_BEAT:
		return beat(first);
	case RTOS_FORK:
		return process_fork(frame);
	case RTOS_EXEC:
		return process_exec((const char *)first, frame);
	case RTOS_WAIT:
		return process_wait(first, (int *)second);
	case RTOS_THREAD:
		return process_thread(first, second);
	case RTOS_JOIN:
		return process_join();
	case RTOS_EXIT:
		process_exit(first);
	case RTOS_MEET:
		return meet(first);
	case RTOS_YIELD:
		thread_yield();
		return 0;
	case RTOS_POLL:
		sched_poll(first);
		return 0;
	case RTOS_HOLD:
		queue_hold_locks(first);
		return 0;
	default:
		return -ENOSYS;
	}
}

void syscall(struct frame *frame)
{
	frame->rax = dispatch(frame);
	sched_return();
}
