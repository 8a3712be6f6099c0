/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What this kernel's programs can ask of it, besides Linux's calls: numbers and structures.
 *
 * A program runs at privilege level 3. By SYSCALL, with a Linux number and Linux's arguments in
 * Linux's registers, it makes any Linux call: a few are served here (brk, futex, nanosleep,
 * sched_yield), fork, exit and exit_group become the numbers of linux/nimbos_scf.h, and all others
 * go to the shadow as they are.
 */
#ifndef REF_RTOS_H
#define REF_RTOS_H

#include "types.h"

/**
 * enum rtos_nr - calls of this kernel's own
 * @RTOS_NR_THREAD: (entry, argument, priority): a new thread that begins at @entry; its thread ID
 * @RTOS_NR_JOIN: (tid): waits until the thread has ended; 0
 * @RTOS_NR_WAITING: (poll_ns, timeout_ns): how the calling thread waits for a response: how long it
 *	polls before it sleeps (RTOS_POLL_ADAPTIVE: the kernel chooses), and how long it waits in
 *	all; 0
 * @RTOS_NR_CALL: (nr, args): a forwarded call of any number, for tests; args points to six words
 * @RTOS_NR_BATCH: (calls, n): makes n calls at once, with one notification if any, and waits for
 *	all; calls points to an array of struct rtos_call; 0, or why not all have a result
 * @RTOS_NR_RAW: (req, ahead): for tests: writes a struct nimbos_scf_req over the entry of the ring
 *	that is @ahead of the next, exactly as it is, and notifies; 0
 * @RTOS_NR_SEQ: (): the sequence number with which the next request will be valid
 * @RTOS_NR_INFO: (info): fills a struct rtos_info in; 0
 * @RTOS_NR_UPIDS: (seed, reserved): for tests: writes random words over all UPIDs of the region,
 *	see uintr_spoil_upids(); the seed of the next time
 * @RTOS_NR_PANIC: (): the kernel panics
 * @RTOS_NR_HANG: (): the kernel hangs with interrupts off
 */
enum rtos_nr {
	RTOS_NR_THREAD = 0x9000,
	RTOS_NR_JOIN,
	RTOS_NR_WAITING,
	RTOS_NR_CALL,
	RTOS_NR_BATCH,
	RTOS_NR_RAW,
	RTOS_NR_SEQ,
	RTOS_NR_INFO,
	RTOS_NR_UPIDS,
	RTOS_NR_PANIC,
	RTOS_NR_HANG,
};

#define RTOS_NR_FIRST RTOS_NR_THREAD
#define RTOS_NR_LAST RTOS_NR_HANG

#define RTOS_FOREVER (~0UL)
#define RTOS_POLL_ADAPTIVE (~0UL - 1)
#define RTOS_MAX_BATCH 64

/**
 * struct rtos_call - a call of a batch
 * @nr: its number
 * @args: its arguments
 * @result: out
 */
struct rtos_call {
	u64 nr;
	u64 args[6];
	s64 result;
};

/**
 * struct rtos_info - how things stand
 * @pages_free: pages that nobody uses
 * @threads_free: threads that could still be made
 * @processes: that are alive, the caller included
 * @pad: 0
 * @window_end: end of the caller's window
 * @calls: that the caller's process has forwarded
 */
struct rtos_info {
	u32 pages_free;
	u32 threads_free;
	u32 processes;
	u32 pad;
	u64 window_end;
	u64 calls;
};

#endif /* REF_RTOS_H */
