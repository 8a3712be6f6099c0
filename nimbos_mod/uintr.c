// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: user interrupts: which threads have registered, for what, and how that ends.
 *
 * All is made ready when the first thread registers, and stays until the module goes. A thread's
 * registration ends by its own doing only: it unregisters, or the kernel tells us, in the thread's
 * own context, that it exits or executes another program (fork() inherits no preempt notifiers).
 * What others may do is to mark it dead, when the slot dies that it receives for.
 */
#include <linux/anon_inodes.h>
#include <linux/capability.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/kref.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/tracepoint.h>
#include <linux/vmalloc.h>

#include "trace.h"
#include "uintr.h"

/* Of the register STACKADJUST: load the stack pointer. Else it is lowered by the value. */
#define STACKADJUST_LOAD BIT_ULL(0)
/* What the ABI lets functions use below the stack pointer, in bytes. */
#define RED_ZONE 128

DEFINE_RAW_SPINLOCK(nimbos_uintr_lock);

static bool uintr = true;
module_param(uintr, bool, 0444);
MODULE_PARM_DESC(uintr, "Offer user interrupts where the processor has them (default: yes)");

/* Held while all is made ready, or looked whether it could be. */
static DEFINE_MUTEX(ready_mutex);
static bool ready; /* set once, with release order */
/* Nobody else had them when that was looked at last, which interrupts all CPUs. */
static bool are_free;

/* For threads that receive from others in Linux. Protected by nimbos_uintr_lock, but @upids. */
static struct nimbos_upid_pool pool;

/* Protected by nimbos_uintr_lock. */
static struct nimbos_account thread_account;

/**
 * struct nimbos_uintr_receiver - what senders know of a thread that receives
 * @kref: the thread has one, each descriptor for a vector has one
 * @index: of the UPID, in the pool
 * @target: the thread; closed when it is one no more
 * @rcu: to be freed by, where nothing may sleep
 */
struct nimbos_uintr_receiver {
	struct kref kref;
	unsigned int index;
	struct nimbos_uintr_target target;
	struct rcu_head rcu;
};

/* What a descriptor for a vector stands for. */
struct vector {
	struct nimbos_uintr_receiver *receiver;
	u8 number;
};

static void end(struct nimbos_uintr *thread);

static void end_current(void)
{
	struct nimbos_uintr *thread = nimbos_uintr_current();

	if (thread)
		end(thread);
}

/* Both are called in the context of the thread in question, where nothing may sleep. */
static void exit_probe(NIMBOS_EXIT_PROBE_ARGS)
{
	end_current();
}

static void exec_probe(void *data, struct task_struct *task, pid_t old_pid,
		       struct linux_binprm *bprm)
{
	end_current();
}

static struct probe {
	const char *name;
	void *function;
	struct tracepoint *tracepoint;
} probes[] = {
	{ "sched_process_exit", exit_probe },
	{ "sched_process_exec", exec_probe },
};

static void match_probes(struct tracepoint *tracepoint, void *unused)
{
	struct probe *probe;

	for (probe = probes; probe < probes + ARRAY_SIZE(probes); probe++)
		if (!strcmp(tracepoint->name, probe->name))
			probe->tracepoint = tracepoint;
}

static void unregister_probes(const struct probe *last)
{
	const struct probe *probe;

	for (probe = probes; probe < last; probe++)
		tracepoint_probe_unregister(probe->tracepoint, probe->function, NULL);
	tracepoint_synchronize_unregister();
}

static int register_probes(void)
{
	struct probe *probe;
	int err;

	for_each_kernel_tracepoint(match_probes, NULL);
	for (probe = probes; probe < probes + ARRAY_SIZE(probes); probe++) {
		err = probe->tracepoint ?
			      tracepoint_probe_register(probe->tracepoint, probe->function, NULL) :
			      -EOPNOTSUPP;
		if (err) {
			unregister_probes(probe);
			return err;
		}
	}
	return 0;
}

/* @again: to be sure, since somebody may have taken them since. */
static u32 look(bool again)
{
	static const char *const why[] = {
		[NIMBOS_UINTR_NO_CPU] = "the processor has none",
		[NIMBOS_UINTR_PTI] = "page-table isolation is on (pti=off turns it off)",
		[NIMBOS_UINTR_NO_NOTIFIERS] = "the kernel has no preempt notifiers (CONFIG_KVM)",
		[NIMBOS_UINTR_OWNED] = "something else uses their registers already",
		[NIMBOS_UINTR_OFF] = "the parameter uintr says no",
	};
	u32 state;

	lockdep_assert_held(&ready_mutex);
	if (ready || (are_free && !again))
		return NIMBOS_UINTR_OK;
	state = uintr ? nimbos_uintr_cpus_check() : NIMBOS_UINTR_OFF;
	if (state != NIMBOS_UINTR_OK)
		pr_info_once("no user interrupts: %s\n", why[state]);
	are_free = state == NIMBOS_UINTR_OK;
	return state;
}

/**
 * nimbos_uintr_state() - can threads have user interrupts?
 *
 * Sleeps.
 *
 * Return: enum nimbos_uintr_state.
 */
u32 nimbos_uintr_state(void)
{
	u32 state;

	mutex_lock(&ready_mutex);
	state = look(false);
	mutex_unlock(&ready_mutex);
	return state;
}

static int make_ready(void)
{
	int err;

	if (look(true) != NIMBOS_UINTR_OK)
		return -EOPNOTSUPP;
	pool.upids = vzalloc(NIMBOS_SCF_UPID_AREA_SIZE);
	if (!pool.upids)
		return -ENOMEM;
	err = nimbos_uintr_cpus_init();
	if (err)
		goto err_pool;
	err = register_probes();
	if (err)
		goto err_cpus;
	return 0;

err_cpus:
	nimbos_uintr_cpus_exit();
err_pool:
	vfree(pool.upids);
	return err;
}

static int be_ready(void)
{
	int err = 0;

	/* Pairs with the release below: it is all there. */
	if (smp_load_acquire(&ready))
		return 0;
	mutex_lock(&ready_mutex);
	if (!ready) {
		err = make_ready();
		if (!err)
			/* Pairs with the acquire above. */
			smp_store_release(&ready, true);
	}
	mutex_unlock(&ready_mutex);
	return err;
}

/**
 * nimbos_uintr_exit() - let go what was made ready; no file is open any more. Sleeps.
 */
void nimbos_uintr_exit(void)
{
	if (!ready)
		return;
	unregister_probes(probes + ARRAY_SIZE(probes));
	nimbos_uintr_cpus_exit();
	vfree(pool.upids);
}

/* The calling thread's, with this file; made if it has none. */
static struct nimbos_uintr *begin(struct nimbos_file *file)
{
	struct nimbos_uintr *thread = nimbos_uintr_current();
	int err;

	if (thread)
		return thread->file == file->file ? thread : ERR_PTR(-EBUSY);
	err = be_ready();
	if (err)
		return ERR_PTR(err);
	thread = kzalloc(sizeof(*thread), GFP_KERNEL_ACCOUNT);
	if (!thread)
		return ERR_PTR(-ENOMEM);
	thread->task = current;
	thread->file = get_file(file->file);
	raw_spin_lock(&nimbos_uintr_lock);
	thread_account.allocated++;
	raw_spin_unlock(&nimbos_uintr_lock);
	nimbos_uintr_attach(thread);
	return thread;
}

static void free_receiver(struct kref *kref)
{
	struct nimbos_uintr_receiver *receiver =
		container_of(kref, struct nimbos_uintr_receiver, kref);

	/* It may be a thread that exits: with PREEMPT_RT, kfree() would sleep. */
	kfree_rcu(receiver, rcu);
}

static void end_receiver(struct nimbos_uintr_receiver *receiver)
{
	raw_spin_lock(&nimbos_uintr_lock);
	nimbos_uintr_target_close(&receiver->target);
	raw_spin_unlock(&nimbos_uintr_lock);
	nimbos_uintr_sync();
	raw_spin_lock(&nimbos_uintr_lock);
	nimbos_upid_free(&pool, receiver->index);
	raw_spin_unlock(&nimbos_uintr_lock);
	kref_put(&receiver->kref, free_receiver);
}

static void leave_lane(struct nimbos_uintr *thread)
{
	struct nimbos_slot *slot = thread->slot;

	raw_spin_lock(&nimbos_uintr_lock);
	slot->lane[thread->lane].uintr = NULL;
	nimbos_board_lane_upid(slot, thread->lane, 0);
	raw_spin_unlock(&nimbos_uintr_lock);
}

/* No processor has the handler any more. Does not sleep. */
static void end_handler(struct nimbos_uintr *thread)
{
	trace_nimbos_uintr_unregister(thread->task->pid);
	if (thread->slot)
		leave_lane(thread);
	else
		end_receiver(thread->receiver);
	thread->slot = NULL;
	thread->receiver = NULL;
	thread->dead = false;
}

/* Of the calling thread. Does not sleep: it may be exiting. */
static void end(struct nimbos_uintr *thread)
{
	bool has_handler = thread->upid;

	nimbos_uintr_detach(thread);
	if (has_handler)
		end_handler(thread);
	raw_spin_lock(&nimbos_uintr_lock);
	thread_account.freed++;
	raw_spin_unlock(&nimbos_uintr_lock);
	fput(thread->file);
	/* As in free_receiver(). */
	kfree_rcu(thread, rcu);
}

static void end_if_idle(struct nimbos_uintr *thread)
{
	if (!thread->upid && !thread->table)
		end(thread);
}

static bool is_user_address(u64 address)
{
	return address < TASK_SIZE_MAX;
}

static int take_receiver(struct nimbos_uintr *thread)
{
	struct nimbos_uintr_receiver *receiver = kzalloc(sizeof(*receiver), GFP_KERNEL_ACCOUNT);
	int index;

	if (!receiver)
		return -ENOMEM;
	kref_init(&receiver->kref);
	raw_spin_lock(&nimbos_uintr_lock);
	index = nimbos_upid_alloc(&pool);
	raw_spin_unlock(&nimbos_uintr_lock);
	if (index < 0) {
		kfree(receiver);
		return index;
	}
	receiver->index = index;
	nimbos_uintr_target_init(&receiver->target, &pool.upids[index]);
	thread->receiver = receiver;
	return 0;
}

static int get_lane_upid(struct nimbos_slot *slot, struct nimbos_slot_lane *lane)
{
	int index;

	if (lane->upid)
		return 0;
	if (slot->peer->legacy) {
		lane->upid = nimbos_legacy_uintr_upid(slot);
		return 0;
	}
	index = nimbos_upid_alloc(&slot->peer->region.upids);
	if (index < 0)
		return index;
	lane->upid = index;
	return 0;
}

static int take_lane(struct nimbos_uintr *thread, struct nimbos_slot *slot, unsigned int nr)
{
	struct nimbos_slot_lane *lane = &slot->lane[nr];
	int err;

	raw_spin_lock(&nimbos_uintr_lock);
	/* Who lets the slot die looks at its lanes' threads afterwards. */
	if (READ_ONCE(slot->dead))
		err = -ESHUTDOWN;
	else if (lane->uintr)
		err = -EBUSY;
	else
		err = get_lane_upid(slot, lane);
	if (!err) {
		lane->uintr = thread;
		thread->slot = slot;
		thread->lane = nr;
	}
	raw_spin_unlock(&nimbos_uintr_lock);
	return err;
}

static struct nimbos_scf_upid *upid_of(const struct nimbos_uintr *thread)
{
	const struct nimbos_slot *slot = thread->slot;

	if (slot)
		return &slot->peer->region.upids.upids[slot->lane[thread->lane].upid];
	return &pool.upids[thread->receiver->index];
}

/* The thread is ready for what the peer posts. */
static void announce_lane(const struct nimbos_uintr *thread)
{
	struct nimbos_slot *slot = thread->slot;

	raw_spin_lock(&nimbos_uintr_lock);
	if (!READ_ONCE(slot->dead))
		nimbos_board_lane_upid(slot, thread->lane, slot->lane[thread->lane].upid);
	raw_spin_unlock(&nimbos_uintr_lock);
}

static u64 physical_address(const struct nimbos_uintr *thread)
{
	const struct nimbos_upid_pool *upids = &thread->slot->peer->region.upids;

	return upids->base + ((void *)thread->upid - (void *)upids->upids);
}

static int check_lane(const struct nimbos_slot *slot, unsigned int lane)
{
	if (!slot)
		return -ENODATA;
	if (lane >= slot->lanes)
		return -EINVAL;
	if (slot->peer->legacy)
		return nimbos_legacy_uintr_check(slot);
	/* It was fixed before the peer had slots, and stays until they are gone. */
	return slot->peer->features & NIMBOS_SCF_F_LANE_UPID ? 0 : -EOPNOTSUPP;
}

/**
 * nimbos_uintr_register_handler() - let the calling thread receive
 * @file: its file
 * @arg: as NIMBOS_IOC_UINTR_REGISTER_HANDLER documents, flags checked; the result is filled in
 *
 * Sleeps.
 *
 * Return: 0 or an error as documented there.
 */
int nimbos_uintr_register_handler(struct nimbos_file *file,
				  struct nimbos_uintr_register_handler *arg)
{
	bool for_lane = arg->flags & NIMBOS_UINTR_LANE;
	struct nimbos_slot *slot = nimbos_file_slot(file);
	struct nimbos_uintr *thread;
	int err;

	if (!arg->handler || !is_user_address(arg->handler) || !is_user_address(arg->stack))
		return -EINVAL;
	if (arg->pad || (arg->lane && !for_lane))
		return -EINVAL;
	if (for_lane) {
		err = check_lane(slot, arg->lane);
		if (err)
			return err;
	}
	thread = begin(file);
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	if (thread->upid)
		return -EBUSY;
	err = for_lane ? take_lane(thread, slot, array_index_nospec(arg->lane, slot->lanes)) :
			 take_receiver(thread);
	if (err) {
		end_if_idle(thread);
		return err;
	}
	nimbos_uintr_set_handler(thread, upid_of(thread), arg->handler,
				 arg->stack ? arg->stack | STACKADJUST_LOAD : RED_ZONE);
	arg->upid = 0;
	if (for_lane) {
		announce_lane(thread);
		if (capable(CAP_SYS_RAWIO))
			arg->upid = physical_address(thread);
	}
	trace_nimbos_uintr_register(thread->task->pid);
	return 0;
}

/* The calling thread's registration with a handler, if that is with this file. */
static struct nimbos_uintr *find_handler(const struct nimbos_file *file)
{
	struct nimbos_uintr *thread = nimbos_uintr_current();

	if (!thread || !thread->upid)
		return ERR_PTR(-ENODATA);
	return thread->file == file->file ? thread : ERR_PTR(-EBUSY);
}

/**
 * nimbos_uintr_unregister_handler() - let the calling thread receive no more
 * @file: its file
 *
 * Return: 0 or an error as NIMBOS_IOC_UINTR_UNREGISTER_HANDLER documents.
 */
int nimbos_uintr_unregister_handler(struct nimbos_file *file)
{
	struct nimbos_uintr *thread = find_handler(file);

	if (IS_ERR(thread))
		return PTR_ERR(thread);
	nimbos_uintr_set_handler(thread, NULL, 0, 0);
	end_handler(thread);
	end_if_idle(thread);
	return 0;
}

/**
 * nimbos_uintr_wait() - let the calling thread wait for a user interrupt
 * @file: its file
 * @arg: as NIMBOS_IOC_UINTR_WAIT documents
 *
 * Sleeps.
 *
 * Return: 0 or an error as documented there.
 */
int nimbos_uintr_wait(struct nimbos_file *file, const struct nimbos_uintr_wait *arg)
{
	struct nimbos_uintr *thread = find_handler(file);

	if (IS_ERR(thread))
		return PTR_ERR(thread);
	return nimbos_uintr_sleep(thread, arg->timeout_ns);
}

static int vector_release(struct inode *inode, struct file *file)
{
	struct vector *vector = file->private_data;

	kref_put(&vector->receiver->kref, free_receiver);
	kfree(vector);
	return 0;
}

static const struct file_operations vector_fops = {
	.owner = THIS_MODULE,
	.release = vector_release,
	.llseek = noop_llseek,
};

/**
 * nimbos_uintr_vector_file() - a file that stands for a vector of the calling thread
 * @file: its file
 * @number: of the vector
 *
 * Sleeps.
 *
 * Return: the file, or an ERR_PTR as NIMBOS_IOC_UINTR_VECTOR_FD documents.
 */
struct file *nimbos_uintr_vector_file(struct nimbos_file *file, unsigned int number)
{
	struct nimbos_uintr *thread = find_handler(file);
	struct vector *vector;
	struct file *result;

	if (IS_ERR(thread))
		return ERR_CAST(thread);
	if (number >= NIMBOS_UINTR_VECTORS)
		return ERR_PTR(-EINVAL);
	if (thread->slot)
		return ERR_PTR(-EOPNOTSUPP);
	vector = kzalloc(sizeof(*vector), GFP_KERNEL_ACCOUNT);
	if (!vector)
		return ERR_PTR(-ENOMEM);
	vector->receiver = thread->receiver;
	vector->number = number;
	result = anon_inode_getfile("[nimbos-vector]", &vector_fops, vector, O_RDONLY);
	if (IS_ERR(result))
		kfree(vector);
	else
		kref_get(&vector->receiver->kref);
	return result;
}

static int connect_vector(struct nimbos_uitt *uitt, int fd)
{
	struct file *file = fget(fd);
	struct vector *vector;
	int index = -EINVAL;

	if (!file)
		return -EBADF;
	if (file->f_op == &vector_fops) {
		vector = file->private_data;
		index = nimbos_uitt_connect(uitt, &vector->receiver->target, vector->number);
	}
	fput(file);
	return index;
}

static int connect_doorbell(struct nimbos_uitt *uitt, struct nimbos_slot *slot)
{
	if (!slot)
		return -ENODATA;
	if (!(slot->peer->features & NIMBOS_SCF_F_DOORBELL_UPID))
		return -EOPNOTSUPP;
	return nimbos_uitt_connect(uitt, &slot->doorbell, NIMBOS_SCF_DOORBELL_VECTOR(slot->nr));
}

static struct nimbos_uitt *get_uitt(struct nimbos_file *file)
{
	struct nimbos_uitt *uitt;

	mutex_lock(&file->lock);
	uitt = file->uitt;
	if (!uitt) {
		uitt = nimbos_uitt_create();
		file->uitt = uitt;
	}
	mutex_unlock(&file->lock);
	return uitt;
}

/**
 * nimbos_uintr_register_sender() - let the calling thread send
 * @file: its file
 * @arg: as NIMBOS_IOC_UINTR_REGISTER_SENDER documents, flags checked; the result is filled in
 * @is_first: out: the calling thread was no sender before
 *
 * Sleeps.
 *
 * Return: 0 or an error as documented there.
 */
int nimbos_uintr_register_sender(struct nimbos_file *file, struct nimbos_uintr_register_sender *arg,
				 bool *is_first)
{
	bool doorbell = arg->flags & NIMBOS_UINTR_DOORBELL;
	struct nimbos_uintr *thread;
	struct nimbos_uitt *uitt;
	int index;

	if (doorbell && arg->fd != -1)
		return -EINVAL;
	thread = begin(file);
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	uitt = get_uitt(file);
	if (!uitt)
		index = -ENOMEM;
	else if (doorbell)
		index = connect_doorbell(uitt, nimbos_file_slot(file));
	else
		index = connect_vector(uitt, arg->fd);
	if (index < 0) {
		end_if_idle(thread);
		return index;
	}
	*is_first = !thread->table;
	if (*is_first)
		nimbos_uintr_set_table(thread, nimbos_uitt_table(uitt));
	arg->index = index;
	return 0;
}

static void end_sender(struct nimbos_uintr *thread)
{
	nimbos_uintr_set_table(thread, NULL);
	end_if_idle(thread);
}

/**
 * nimbos_uintr_end_sender() - let the calling thread send no more, as before it could
 */
void nimbos_uintr_end_sender(void)
{
	struct nimbos_uintr *thread = nimbos_uintr_current();

	if (thread && thread->table)
		end_sender(thread);
}

/**
 * nimbos_uintr_unregister_sender() - take a way to send away
 * @file: whose
 * @index: of the way
 *
 * Return: 0 or an error as NIMBOS_IOC_UINTR_UNREGISTER_SENDER documents.
 */
int nimbos_uintr_unregister_sender(struct nimbos_file *file, unsigned int index)
{
	struct nimbos_uintr *thread = nimbos_uintr_current();
	struct nimbos_uitt *uitt;
	bool is_empty;
	int err;

	mutex_lock(&file->lock);
	uitt = file->uitt;
	mutex_unlock(&file->lock);
	if (!uitt)
		return -EINVAL;
	err = nimbos_uitt_disconnect(uitt, index, &is_empty);
	if (err)
		return err;
	if (is_empty && thread && thread->table == nimbos_uitt_table(uitt))
		end_sender(thread);
	return 0;
}

/**
 * nimbos_uintr_close_file() - let go what an open file has for user interrupts
 * @file: one that is being released; no thread has registered with it any more
 */
void nimbos_uintr_close_file(struct nimbos_file *file)
{
	if (file->uitt)
		nimbos_uitt_destroy(file->uitt);
}

/**
 * nimbos_uintr_show() - write the accounts for people and tests
 * @m: where to
 */
void nimbos_uintr_show(struct seq_file *m)
{
	struct nimbos_account threads;

	raw_spin_lock(&nimbos_uintr_lock);
	threads = thread_account;
	raw_spin_unlock(&nimbos_uintr_lock);
	nimbos_account_show(m, "uintr threads", &threads);
	nimbos_upid_show(m, &pool);
	nimbos_uitt_show(m);
}
