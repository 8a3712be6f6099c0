// SPDX-License-Identifier: GPL-2.0
/*
 * Calls that go to Linux.
 */
#include "call_log.h"
#include "client.h"
#include "errno.h"
#include "process.h"
#include "rtos.h"
#include "sched.h"
#include "syscall.h"

/* What a program that is alone polls for: about what a sleep and an interrupt cost. */
#define ADAPTIVE_POLL_NS 20000

/* Of a request's number, as its tag: which call of a batch, and of which batch. */
#define TAG_BITS 8

static u64 batches;

static struct nimbos_client_lane *own_lane(void)
{
	struct thread *thread = thread_current;
	struct nimbos_client_lane *lane = &thread->process->lane[thread->lane]->lane;

	lane->prio = thread->priority <= PRIORITY_MAX ? thread->priority : PRIORITY_MAX;
	lane->timeout_ns = thread->timeout_ns;
	lane->poll_ns = thread->poll_ns;
	if (thread->poll_ns == RTOS_POLL_ADAPTIVE)
		lane->poll_ns = sched_others_ready() ? 0 : ADAPTIVE_POLL_NS;
	return lane;
}

static s64 failed(int error)
{
	if (error == -NIMBOS_ECONNRESET)
		thread_current->process->failed_calls++;
	return error;
}

s64 forward(u16 nr, const u64 *args)
{
	struct nimbos_client_lane *lane = own_lane();
	struct nimbos_client_result result;
	__u64 words[6];
	int ret;

	memcpy(words, args, sizeof(words));
	thread_current->process->calls++;
	thread_preempt_on();
	do {
		ret = nimbos_client_call(lane, nr, words, &result);
		/* What is left of a batch that was given up takes the ring's room. */
	} while (ret == -NIMBOS_EAGAIN && nimbos_client_reap(lane, &result, 1) > 0);
	thread_preempt_off();
	if (!ret)
		call_log(lane, nr, words, result.result);
	return ret ? failed(ret) : result.result;
}

s64 forward_fork(struct nimbos_client_slot *child)
{
	static const __u64 no_args[6];
	struct nimbos_client_lane *lane = own_lane();
	s64 pid;

	thread_current->process->calls++;
	thread_preempt_on();
	pid = nimbos_client_fork(lane, child);
	thread_preempt_off();
	call_log(lane, NIMBOS_SCF_NR_FORK, no_args, pid);
	return pid;
}

s64 call_any(struct frame *frame)
{
	u64 args[6];
	const u64 *from = user_memory(frame->rsi, sizeof(args));

	if (frame->rdi >= NR_END)
		return -ENOSYS;
	if (!from)
		return -EFAULT;
	memcpy(args, from, sizeof(args));
	return forward(frame->rdi, args);
}

/* Takes what has come in. Return: how much of it was of this batch, or an error. */
static int take(struct nimbos_client_lane *lane, struct rtos_call *calls, u32 n, u64 batch)
{
	struct nimbos_client_result results[8];
	int got = nimbos_client_reap(lane, results, ARRAY_SIZE(results));
	int mine = 0;

	for (int i = 0; i < got; i++) {
		u64 index = results[i].tag & ((1 << TAG_BITS) - 1);

		if (results[i].tag >> TAG_BITS != batch || index >= n)
			continue;
		calls[index].result = results[i].result;
		mine++;
	}
	return got < 0 ? got : mine;
}

static int run_batch(struct nimbos_client_lane *lane, struct rtos_call *calls, u32 n)
{
	u64 batch = ++batches;
	u32 sent = 0, done = 0;

	while (done < n) {
		int ret = 0;

		for (; sent < n; sent++) {
			__u64 args[6];

			for (u32 i = 0; i < 6; i++)
				args[i] = READ_ONCE(calls[sent].args[i]);
			ret = nimbos_client_submit(lane, READ_ONCE(calls[sent].nr), args,
						   batch << TAG_BITS | sent);
			if (ret)
				break;
		}
		if (ret && ret != -NIMBOS_EAGAIN)
			return ret;
		ret = nimbos_client_wait(lane, lane->poll_ns, lane->timeout_ns);
		if (ret)
			return ret;
		ret = take(lane, calls, n, batch);
		if (ret < 0)
			return ret;
		done += ret;
	}
	return 0;
}

s64 call_batch(struct frame *frame)
{
	struct rtos_call *calls = user_memory(frame->rdi, frame->rsi * sizeof(*calls));
	struct nimbos_client_lane *lane = own_lane();
	int ret;

	if (frame->rsi > RTOS_MAX_BATCH)
		return -EINVAL;
	if (!calls)
		return -EFAULT;
	thread_current->process->calls += frame->rsi;
	thread_preempt_on();
	ret = run_batch(lane, calls, frame->rsi);
	thread_preempt_off();
	return ret ? failed(ret) : 0;
}

s64 call_seq(struct frame *frame)
{
	return own_lane()->submitted + 1;
}

s64 call_raw(struct frame *frame)
{
	const u64 *from = user_memory(frame->rdi, sizeof(struct nimbos_scf_req));
	struct nimbos_client_lane *lane = own_lane();
	u64 *to;

	if (!from)
		return -EFAULT;
	to = (u64 *)&lane->shared->reqs[(lane->submitted + frame->rsi) & (lane->slot->depth - 1u)];
	/* The word with @seq comes last, as in a good request. */
	for (u32 i = 0; i < sizeof(struct nimbos_scf_req) / sizeof(u64); i++)
		WRITE_ONCE(to[i], READ_ONCE(from[i]));
	lane->unflushed = true;
	nimbos_client_flush(lane);
	return 0;
}
