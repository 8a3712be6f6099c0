// SPDX-License-Identifier: GPL-2.0
/*
 * Waiting that needs no Linux: for another thread of the process, and for time to pass.
 */
#include "errno.h"
#include "process.h"
#include "sched.h"
#include "syscall.h"
#include "time.h"

#define FUTEX_WAIT 0
#define FUTEX_WAKE 1
#define FUTEX_COMMAND 0x7f

struct timespec {
	s64 seconds;
	s64 ns;
};

/* Reads an interval; 0, or an error. */
static s64 deadline_of(u64 address, u64 *deadline)
{
	const struct timespec *from = user_memory(address, sizeof(*from));
	struct timespec time;

	if (!from)
		return -EFAULT;
	time.seconds = READ_ONCE(from->seconds);
	time.ns = READ_ONCE(from->ns);
	if (time.seconds < 0 || time.ns < 0 || time.ns >= (s64)NS_PER_SECOND)
		return -EINVAL;
	*deadline = TIME_FOREVER;
	if ((u64)time.seconds < TIME_FOREVER / 2 / NS_PER_SECOND)
		*deadline = time_ns() + time.seconds * NS_PER_SECOND + time.ns;
	return 0;
}

static s64 futex_wait(u64 address, u32 value, u64 timeout)
{
	struct thread *thread = thread_current;
	const u32 *word = user_memory(address, sizeof(*word));
	u64 deadline = TIME_FOREVER;
	s64 ret = 0;

	if (!word)
		return -EFAULT;
	if (timeout)
		ret = deadline_of(timeout, &deadline);
	if (ret)
		return ret;
	/* Interrupts are off: nobody comes between this look and the sleep. */
	if (READ_ONCE(*word) != value)
		return -EAGAIN;
	thread->wait_key = address;
	while (thread->wait_key && !process_ends(thread->process)) {
		if (time_ns() >= deadline) {
			thread->wait_key = 0;
			return -ETIMEDOUT;
		}
		thread_block(deadline);
	}
	return 0;
}

static struct thread *most_urgent_waiter(const struct process *process, u64 address)
{
	struct thread *best = NULL;

	for (u32 i = 0; i < NIMBOS_SCF_MAX_LANES; i++) {
		struct thread *thread = process->threads[i];

		if (thread && thread->wait_key == address &&
		    (!best || thread->priority > best->priority))
			best = thread;
	}
	return best;
}

static s64 futex_wake(u64 address, u32 most)
{
	struct thread *thread;
	u32 woken;

	if (!user_memory(address, sizeof(u32)))
		return -EFAULT;
	for (woken = 0; woken < most; woken++) {
		thread = most_urgent_waiter(thread_current->process, address);
		if (!thread)
			break;
		thread->wait_key = 0;
		thread_wake(thread);
	}
	return woken;
}

s64 call_futex(struct frame *frame)
{
	/* Words are aligned, and never at 0: that stands for no wait. */
	if (frame->rdi % sizeof(u32))
		return -EINVAL;
	switch (frame->rsi & FUTEX_COMMAND) {
	case FUTEX_WAIT:
		return futex_wait(frame->rdi, frame->rdx, frame->r10);
	case FUTEX_WAKE:
		return futex_wake(frame->rdi, frame->rdx);
	default:
		return -ENOSYS;
	}
}

s64 call_nanosleep(struct frame *frame)
{
	u64 deadline;
	s64 ret = deadline_of(frame->rdi, &deadline);

	if (ret)
		return ret;
	while (time_ns() < deadline) {
		if (process_ends(thread_current->process))
			return -EINTR;
		thread_block(deadline);
	}
	return 0;
}
