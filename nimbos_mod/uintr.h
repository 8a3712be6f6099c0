/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbos: what the files about user interrupts share.
 *
 * A thread that has registered is a struct nimbos_uintr, which the scheduler finds by a preempt
 * notifier: no table, no search. It belongs to that thread alone, which makes it and lets it go, at
 * the latest when it exits or executes another program. It holds its file, as a mapping does: a
 * file that is released has no thread left, and so no processor knows its UITT.
 *
 * SENDUIPI leads from a thread's UITT by an entry (a sender) to a target, which has a UPID. Whoever
 * takes a target away points its senders to a sink, then waits until no processor executes a
 * SENDUIPI that has read the old entry: nimbos_uintr_sync().
 */
#ifndef NIMBOS_UINTR_H
#define NIMBOS_UINTR_H

#include <linux/preempt.h>
#include <linux/rcupdate.h>

#include "compat.h"
#include "nimbos.h"

/*
 * Protects the pools of UPIDs, targets and their senders, and the threads of lanes. Taken by
 * threads that exit, too, where nothing may sleep. Never in interrupts.
 */
extern raw_spinlock_t nimbos_uintr_lock;

/**
 * struct nimbos_uintr - a thread that has registered
 * @notifier: by which the scheduler tells us
 * @task: the thread
 * @file: which it has registered with
 * @handler: user address of the handler
 * @stack_adjust: value of the register of that name
 * @upid: where others post to it; NULL while it has no handler
 * @table: its file's UITT, as the processor knows it; NULL while it is no sender
 * @receiver: whose the UPID is, if the handler is for no lane
 * @slot: the slot, if the handler is for a lane
 * @lane: of that slot
 * @dead: its slot has died: it receives no more. Set by others, once
 * @rr: requests that have been recognised, while no processor has them
 * @uif: its user-interrupt flag, while no processor has it
 * @waiting: it is in nimbos_uintr_sleep(), and no processor has its state
 * @wait_cpu: whose list of waiters it was on last
 * @wait_entry: in that list, under its lock; in none once it has been woken
 * @rcu: to be freed by, where nothing may sleep
 *
 * What has no word about others is touched by the thread itself alone, which includes the
 * scheduler's calls on its behalf; with interrupts off, if that is so for the scheduler's.
 */
struct nimbos_uintr {
	struct preempt_notifier notifier;
	struct task_struct *task;
	struct file *file;
	u64 handler;
	u64 stack_adjust;
	struct nimbos_scf_upid *upid;
	const struct nimbos_uitt_entry *table;
	struct nimbos_uintr_receiver *receiver;
	struct nimbos_slot *slot;
	unsigned int lane;
	bool dead;
	u64 rr;
	bool uif;
	bool waiting;
	struct nimbos_uintr_cpu *wait_cpu;
	struct list_head wait_entry;
	struct rcu_head rcu;
};

/* upid.c */
int nimbos_upid_alloc(struct nimbos_upid_pool *pool);
void nimbos_upid_free(struct nimbos_upid_pool *pool, unsigned int index);

/* uintr_cpu.c */
u32 nimbos_uintr_cpus_check(void);
int nimbos_uintr_cpus_init(void);
void nimbos_uintr_cpus_exit(void);
struct nimbos_uintr *nimbos_uintr_current(void);
void nimbos_uintr_attach(struct nimbos_uintr *uintr);
void nimbos_uintr_detach(struct nimbos_uintr *uintr);
void nimbos_uintr_set_handler(struct nimbos_uintr *uintr, struct nimbos_scf_upid *upid, u64 handler,
			      u64 stack_adjust);
void nimbos_uintr_set_table(struct nimbos_uintr *uintr, const struct nimbos_uitt_entry *table);
int nimbos_uintr_sleep(struct nimbos_uintr *uintr, s64 timeout_ns);
void nimbos_uintr_sync(void);

/* uintr_sender.c */

/**
 * struct nimbos_uitt_entry - an entry of a UITT, as the processor reads it
 * @flags: UITT_*
 * @upid: linear address of the UPID
 */
struct nimbos_uitt_entry {
	u64 flags;
	u64 upid;
};

void nimbos_uintr_target_init(struct nimbos_uintr_target *target, struct nimbos_scf_upid *upid);
void nimbos_uintr_target_close(struct nimbos_uintr_target *target);
struct nimbos_uitt *nimbos_uitt_create(void);
void nimbos_uitt_destroy(struct nimbos_uitt *uitt);
const struct nimbos_uitt_entry *nimbos_uitt_table(const struct nimbos_uitt *uitt);
int nimbos_uitt_connect(struct nimbos_uitt *uitt, struct nimbos_uintr_target *target, u8 vector);
int nimbos_uitt_disconnect(struct nimbos_uitt *uitt, unsigned int index, bool *is_empty);
void nimbos_uitt_show(struct seq_file *m);

#endif /* NIMBOS_UINTR_H */
