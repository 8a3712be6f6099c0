// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: the signal by which shadows of the old drivers' time are notified.
 *
 * The interrupt's handler only queues work; the work finds the process by a reference to its
 * number, so that neither a process that is gone nor a later one with the same number is ever
 * touched. A program that the process executes, which may have more rights than the one that
 * asked, gets none.
 */
#include <linux/err.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "nimbos.h"

/**
 * struct nimbos_legacy_signal - a shadow that wants signals
 * @work: sends one
 * @process: the shadow
 * @exec_id: of the program that it executed then
 */
struct nimbos_legacy_signal {
	struct work_struct work;
	struct pid *process;
	u64 exec_id;
};

static void send(struct work_struct *work)
{
	struct nimbos_legacy_signal *signal =
		container_of(work, struct nimbos_legacy_signal, work);
	struct task_struct *task = get_pid_task(signal->process, PIDTYPE_TGID);
	struct kernel_siginfo info;

	if (!task)
		return;
	clear_siginfo(&info);
	info.si_signo = NIMBOS_LEGACY_SIGNAL;
	info.si_code = SI_QUEUE;
	info.si_int = NIMBOS_LEGACY_SIGNAL_VALUE;
	/* Where as many are pending as there may be, those that came before will do. */
	if (READ_ONCE(task->self_exec_id) == signal->exec_id)
		send_sig_info(NIMBOS_LEGACY_SIGNAL, &info, task);
	put_task_struct(task);
}

/**
 * nimbos_legacy_signal_begin() - from now on the calling process gets a slot's signals
 * @slot: one without
 *
 * Sleeps.
 *
 * Return: 0 or -ENOMEM.
 */
int nimbos_legacy_signal_begin(struct nimbos_slot *slot)
{
	struct nimbos_legacy_signal *signal = kzalloc(sizeof(*signal), GFP_KERNEL);

	if (!signal)
		return -ENOMEM;
	INIT_WORK(&signal->work, send);
	signal->process = get_task_pid(current, PIDTYPE_TGID);
	signal->exec_id = READ_ONCE(current->self_exec_id);
	spin_lock_irq(&slot->irqnum->lock);
	slot->signal = signal;
	spin_unlock_irq(&slot->irqnum->lock);
	return 0;
}

/**
 * nimbos_legacy_signal_end() - nobody gets a slot's signals any more
 * @slot: one that is not closed; without signals nothing happens. Sleeps.
 */
void nimbos_legacy_signal_end(struct nimbos_slot *slot)
{
	struct nimbos_legacy_signal *signal = NULL;

	spin_lock_irq(&slot->irqnum->lock);
	swap(signal, slot->signal);
	spin_unlock_irq(&slot->irqnum->lock);
	nimbos_legacy_signal_free(signal);
}

/**
 * nimbos_legacy_signal_send() - a slot's interrupt has come
 * @signal: of the slot, under its irqnum's lock. Any context.
 */
void nimbos_legacy_signal_send(struct nimbos_legacy_signal *signal)
{
	queue_work(system_highpri_wq, &signal->work);
}

/**
 * nimbos_legacy_signal_free() - let go of a process that wanted signals
 * @signal: one that no interrupt finds any more, or NULL. Sleeps.
 */
void nimbos_legacy_signal_free(struct nimbos_legacy_signal *signal)
{
	if (!signal)
		return;
	cancel_work_sync(&signal->work);
	put_pid(signal->process);
	kfree(signal);
}
