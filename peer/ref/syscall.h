/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REF_SYSCALL_H
#define REF_SYSCALL_H

#include "client.h"
#include "trap.h"
#include "types.h"

/* Linux's numbers of the calls that this kernel serves itself or has another number for. */
enum linux_nr {
	LINUX_NR_BRK = 12,
	LINUX_NR_SCHED_YIELD = 24,
	LINUX_NR_NANOSLEEP = 35,
	LINUX_NR_FORK = 57,
	LINUX_NR_EXIT = 60,
	LINUX_NR_FUTEX = 202,
	LINUX_NR_EXIT_GROUP = 231,
};

/* What a request's @nr has room for. */
#define NR_END 0x10000UL

/**
 * forward() - make a call on the current thread's lane and wait for it
 * @nr: its number, in SCF
 * @args: its six arguments
 *
 * Return: what Linux returned, or a negative error of the client library. Sleeps.
 */
s64 forward(u16 nr, const u64 *args);

/* The same for NIMBOS_SCF_NR_FORK, as nimbos_client_fork(). */
s64 forward_fork(struct nimbos_client_slot *child);

/* The current program's memory at @address, or NULL if it does not lie in the window. */
void *user_memory(u64 address, u64 size);

/* Calls; each in its own words in rtos.h, or Linux's. */
s64 call_fork(struct frame *frame);
s64 call_thread(struct frame *frame);
s64 call_join(struct frame *frame);
s64 call_exit(struct frame *frame);
s64 call_exit_group(struct frame *frame);
s64 call_futex(struct frame *frame);
s64 call_nanosleep(struct frame *frame);
s64 call_sched_yield(struct frame *frame);
s64 call_brk(struct frame *frame);
s64 call_any(struct frame *frame);
s64 call_batch(struct frame *frame);
s64 call_raw(struct frame *frame);
s64 call_seq(struct frame *frame);

#endif /* REF_SYSCALL_H */
