// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: peers, from an image to a running kernel and back.
 *
 *	offline -- load --> loaded -- start --> running -- stop --> stopped
 *	   ^                  |  ^                |                   ^ |
 *	   '---- unload ------'  |              fails                 | |
 *	                         |                v                   | |
 *	                         |              failed ---- stop -----' |
 *	                         '---------- load ----------------------'
 *
 * A start that does not succeed ends in stopped. What the peer writes is read once, then checked,
 * then used.
 */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/genalloc.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "apic.h"
#include "nimbos.h"
#include "pinned.h"
#include "rvm.h"
#include "trace.h"

#define START_TIMEOUT_MS 2000
#define START_TIMEOUT_MAX_MS 60000
#define QUEUE_POLL_MS 5
#define HEARTBEAT_MS 5000
#define HEARTBEAT_MIN_MS 100
#define HEARTBEAT_MAX_MS 600000

/* Images are copied in steps of this many bytes, between which a fatal signal is looked for. */
#define COPY_STEP SZ_1M

struct nimbos_peer nimbos_peers[NIMBOS_MAX_PEERS];
DECLARE_WAIT_QUEUE_HEAD(nimbos_peers_changed);

/* Work that may wait for a start to end, or zero a lot of memory. */
static struct workqueue_struct *peer_wq;

/* The machine goes down or to sleep. Written before peers are looked at, read under peer->lock. */
static bool starts_refused;

/**
 * nimbos_peer_changed() - tell those who look after a peer to ask for it
 * @peer: under its lock
 */
void nimbos_peer_changed(struct nimbos_peer *peer)
{
	lockdep_assert_held(&peer->lock);
	/* Who polls looks at it once it is on the queue, and so sees it or is woken. */
	WRITE_ONCE(peer->changes, peer->changes + 1);
	wake_up_poll(&nimbos_peers_changed, EPOLLPRI);
}

static void set_state(struct nimbos_peer *peer, u32 state)
{
	lockdep_assert_held(&peer->lock);
	peer->state = state;
	nimbos_peer_changed(peer);
	trace_nimbos_peer_state(peer->id, state);
}

/**
 * nimbos_peer_has_cpu() - has it a CPU, whether it executes there or has failed?
 * @peer: under its lock
 */
bool nimbos_peer_has_cpu(const struct nimbos_peer *peer)
{
	return peer->state == NIMBOS_PEER_RUNNING || peer->state == NIMBOS_PEER_FAILED;
}

static bool is_loaded(const struct nimbos_peer *peer)
{
	return peer->region.va;
}

/*
 * Its CPU has been sent an INIT, but may execute it all the same, and write to memory that is
 * Linux's. It does not any more once Linux has that CPU, whoever has brought it online: until the
 * peer was stopped nobody could.
 */
bool nimbos_peer_is_lost(struct nimbos_peer *peer)
{
	lockdep_assert_held(&peer->lock);
	if (peer->cpu_is_lost && cpu_online(peer->cpu))
		peer->cpu_is_lost = false;
	return peer->cpu_is_lost;
}

static int check_idle(struct nimbos_peer *peer)
{
	if (nimbos_peer_has_cpu(peer) || !bitmap_empty(peer->slot_map, NIMBOS_SCF_MAX_SLOTS))
		return -EBUSY;
	return nimbos_peer_is_lost(peer) ? -ENOTRECOVERABLE : 0;
}

static void unload(struct nimbos_peer *peer)
{
	if (is_loaded(peer)) {
		if (peer->legacy)
			nimbos_legacy_uintr_release(&peer->region);
		nimbos_region_release(&peer->region);
	}
	set_state(peer, NIMBOS_PEER_OFFLINE);
}

static int copy_cmdline(char *cmdline, u64 user)
{
	long len;

	cmdline[0] = '\0';
	if (!user)
		return 0;
	len = strncpy_from_user(cmdline, u64_to_user_ptr(user), NIMBOS_SCF_CMDLINE_SIZE);
	if (len < 0)
		return len;
	return len < NIMBOS_SCF_CMDLINE_SIZE ? 0 : -ENAMETOOLONG;
}

static int copy_image(struct nimbos_region *region, u64 user, u64 size)
{
	u64 done, step;

	for (done = 0; done < size; done += step) {
		step = min_t(u64, size - done, COPY_STEP);
		if (copy_from_user(region->va + done, u64_to_user_ptr(user + done), step))
			return -EFAULT;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

static bool is_own(const struct nimbos_peer *peer, u64 base, u64 size)
{
	return is_loaded(peer) && peer->region.base == base && peer->region.size == size;
}

/* The pinned memory that is meant, with a reference; NULL if it is reserved; or an ERR_PTR. */
static struct nimbos_pinned *find_pinned(const struct nimbos_peer *peer,
					 const struct nimbos_peer_load *arg)
{
	if (arg->region_user && arg->region_base)
		return ERR_PTR(-EINVAL);
	if (arg->region_user)
		return nimbos_pinned_take(arg->region_user, arg->region_size);
	if (is_own(peer, arg->region_base, arg->region_size))
		return nimbos_pinned_get(peer->region.pinned);
	return NULL;
}

static int load_into(struct nimbos_peer *peer, const struct nimbos_peer_load *arg,
		     const char *cmdline, struct nimbos_pinned *pinned)
{
	u64 base = pinned ? nimbos_pinned_base(pinned) : arg->region_base;
	struct nimbos_region fresh;
	u64 private_size = arg->private_size;
	int err;

	err = nimbos_region_check(base, arg->region_size, pinned, arg->legacy, &private_size);
	if (err)
		return err;
	if (arg->image_size > private_size)
		return -EFBIG;
	/* The same memory again must be let go of first; other memory is had before it goes. */
	if (is_own(peer, base, arg->region_size))
		unload(peer);
	err = nimbos_region_claim(&fresh, base, arg->region_size, private_size, pinned);
	if (err)
		return err;
	unload(peer);
	peer->region = fresh;
	peer->legacy = arg->legacy;
	if (arg->legacy && arg->legacy != NIMBOS_LEGACY_V1)
		nimbos_legacy_uintr_claim(&peer->region);

	err = copy_image(&peer->region, arg->image, arg->image_size);
	if (err) {
		unload(peer);
		return err;
	}
	peer->serial_port = arg->serial_port;
	peer->slots_max = arg->legacy ? nimbos_legacy_slots(arg) : NIMBOS_SCF_MAX_SLOTS;
	strscpy(peer->cmdline, cmdline, sizeof(peer->cmdline));
	peer->message[0] = '\0';
	set_state(peer, NIMBOS_PEER_LOADED);
	return 0;
}

static int load(struct nimbos_peer *peer, const struct nimbos_peer_load *arg, const char *cmdline)
{
	struct nimbos_pinned *pinned;
	int err;

	err = check_idle(peer);
	if (err)
		return err;
	pinned = find_pinned(peer, arg);
	if (IS_ERR(pinned))
		return PTR_ERR(pinned);
	err = load_into(peer, arg, cmdline, pinned);
	nimbos_pinned_put(pinned);
	return err;
}

/**
 * nimbos_peer_load() - take a region and put an image into it
 * @peer: which
 * @arg: as NIMBOS_IOC_PEER_LOAD documents
 *
 * Sleeps.
 *
 * Return: 0 or an error as documented there.
 */
int nimbos_peer_load(struct nimbos_peer *peer, const struct nimbos_peer_load *arg)
{
	char *cmdline;
	int err;

	if (!arg->image_size)
		return -ENODATA;
	if (arg->serial_port > U16_MAX)
		return -EINVAL;
	err = nimbos_legacy_check_load(arg);
	if (err)
		return err;
	cmdline = kmalloc(NIMBOS_SCF_CMDLINE_SIZE, GFP_KERNEL);
	if (!cmdline)
		return -ENOMEM;
	err = copy_cmdline(cmdline, arg->cmdline);
	if (!err) {
		mutex_lock(&peer->lock);
		err = load(peer, arg, cmdline);
		mutex_unlock(&peer->lock);
	}
	kfree(cmdline);
	return err;
}

/**
 * nimbos_peer_unload() - let a peer's region go
 * @peer: which
 *
 * Sleeps.
 *
 * Return: 0 or an error as NIMBOS_IOC_PEER_UNLOAD documents.
 */
int nimbos_peer_unload(struct nimbos_peer *peer)
{
	int err;

	mutex_lock(&peer->lock);
	if (!is_loaded(peer)) {
		err = -ENODATA;
	} else {
		err = check_idle(peer);
		if (!err)
			unload(peer);
	}
	mutex_unlock(&peer->lock);
	return err;
}

/* Nobody notifies the peer's CPU any more when this returns. */
static void disconnect_doorbell(struct nimbos_peer *peer)
{
	WRITE_ONCE(peer->doorbell, 0);
	nimbos_uintr_disconnect_doorbell(peer);
	synchronize_rcu();
}

/* Nothing of the peer's is executed any more when this returns, and nobody notifies it. */
static void silence(struct nimbos_peer *peer)
{
	disconnect_doorbell(peer);
	peer->ops->stop(peer);
	WRITE_ONCE(peer->executing, false);
}

/* Takes back what a start has given to a peer that has been halted. */
static int withdraw(struct nimbos_peer *peer, u32 state)
{
	/* Else nothing of it has been executed. */
	bool prove = peer->region.pinned && state == NIMBOS_PEER_STOPPED;
	int err;

	set_state(peer, state);
	err = nimbos_cpu_give_back(peer->cpu, peer->cpu_was_online, prove);
	if (err && prove) {
		peer->cpu_is_lost = true;
		pr_err("peer %u keeps its memory, which is Linux's, until CPU %d is online\n",
		       peer->id, peer->cpu);
	}
	nimbos_slots_kill(peer);
	nimbos_slots_reap(peer);
	nimbos_irqnum_drop_kept(peer);
	if (peer->event_irqnum)
		nimbos_irqnum_put_event(peer->event_irqnum);
	peer->event_irqnum = NULL;
	module_put(THIS_MODULE);
	return err;
}

/* The peer is of no use any more. Its CPU executes nothing, and is its own until it is stopped. */
static void fail(struct nimbos_peer *peer, const char *why)
{
	strscpy(peer->message, why, sizeof(peer->message));
	pr_err("peer %u has failed: %s\n", peer->id, peer->message);
	silence(peer);
	set_state(peer, NIMBOS_PEER_FAILED);
	nimbos_slots_kill(peer);
	nimbos_slots_reap(peer);
}

static u32 reported_state(const struct nimbos_peer *peer)
{
	/* Pairs with the peer's release: what it wrote before is there. */
	return smp_load_acquire(&peer->region.peer_area->state);
}

/* The peer's last words, as far as they are text. */
static void copy_message(const struct nimbos_peer *peer, char *text, size_t size)
{
	const char *from = peer->region.peer_area->message;
	size_t i;

	for (i = 0; i < min(size, sizeof(peer->region.peer_area->message)) - 1; i++) {
		char c = READ_ONCE(from[i]);

		if (!c)
			break;
		text[i] = c >= ' ' && c <= '~' ? c : '?';
	}
	text[i] = '\0';
	if (!i)
		strscpy(text, "it did not say why", size);
}

static bool has_answered(const struct nimbos_peer *peer)
{
	u32 state = reported_state(peer);

	return state == NIMBOS_SCF_PEER_UP || state == NIMBOS_SCF_PEER_FAILED ||
	       READ_ONCE(starts_refused);
}

/* A wait ended before the peer said something. */
static int give_up(struct nimbos_peer *peer, bool interrupted)
{
	strscpy(peer->message,
		interrupted ? "interrupted while it was starting" :
			      "the machine is going down or to sleep",
		sizeof(peer->message));
	return interrupted ? -EINTR : -EBUSY;
}

/*
 * A legacy peer does not say that it is up, nor does it notify us. One that has set up its queue
 * has left the page in which it started; one that has none is believed to have done so in time.
 */
static int wait_for_queue(struct nimbos_peer *peer, u32 timeout_ms)
{
	unsigned long end = jiffies + msecs_to_jiffies(timeout_ms);
	long left;

	while (!nimbos_legacy_has_queue(peer) && time_before(jiffies, end)) {
		left = wait_event_interruptible_timeout(peer->events, READ_ONCE(starts_refused),
							msecs_to_jiffies(QUEUE_POLL_MS));
		if (left)
			return give_up(peer, left < 0);
	}
	return 0;
}

static int wait_until_up(struct nimbos_peer *peer, u32 timeout_ms)
{
	long left = wait_event_interruptible_timeout(peer->events, has_answered(peer),
						     msecs_to_jiffies(timeout_ms));
	u32 state = reported_state(peer);

	if (state == NIMBOS_SCF_PEER_UP)
		return 0;
	if (state == NIMBOS_SCF_PEER_FAILED) {
		copy_message(peer, peer->message, sizeof(peer->message));
		return -EIO;
	}
	if (left)
		return give_up(peer, left < 0);
	snprintf(peer->message, sizeof(peer->message), "%s within %u ms",
		 state == NIMBOS_SCF_PEER_BOOTING ? "it began to boot, but did not come up" :
						    "it showed no sign of life", timeout_ms);
	return -ETIMEDOUT;
}

static void take_up_legacy(struct nimbos_peer *peer)
{
	peer->features = 0;
	set_state(peer, NIMBOS_PEER_RUNNING);
	WRITE_ONCE(peer->doorbell,
		   NIMBOS_SCF_ROUTE(NIMBOS_LEGACY_DOORBELL_VECTOR, peer->apicid));
}

static void connect_doorbell(struct nimbos_peer *peer, u32 vector)
{
	if (vector < 32 || vector > 255) {
		if (vector)
			pr_warn("peer %u names doorbell vector %u, which is not in 32 to 255: it is not notified\n",
				peer->id, vector);
		peer->features &= ~NIMBOS_SCF_F_DOORBELL_UPID;
		return;
	}
	WRITE_ONCE(peer->doorbell, NIMBOS_SCF_ROUTE(vector, peer->apicid));
	if (peer->features & NIMBOS_SCF_F_DOORBELL_UPID)
		nimbos_uintr_connect_doorbell(peer, vector);
}

static void take_up(struct nimbos_peer *peer)
{
	const struct nimbos_scf_peer *area = peer->region.peer_area;

	peer->features = READ_ONCE(area->features) & peer->region.board->features;
	peer->heartbeat = READ_ONCE(area->heartbeat);
	peer->heartbeat_seen = jiffies;
	set_state(peer, NIMBOS_PEER_RUNNING);
	connect_doorbell(peer, READ_ONCE(area->doorbell_vector));
	/* What an earlier start has left of it may be due much later. */
	mod_delayed_work(peer_wq, &peer->watchdog, msecs_to_jiffies(peer->heartbeat_ms / 2));
}

static int prepare_start(struct nimbos_peer *peer, u32 cpu)
{
	struct nimbos_irqnum *irqnum;

	peer->apicid = nimbos_apic_id(cpu);
	memset(peer->slot_epoch, 0, sizeof(peer->slot_epoch));
	atomic64_set(&peer->doorbells, 0);
	atomic64_set(&peer->interrupts, 0);
	nimbos_board_init(peer);
	if (!peer->legacy) {
		irqnum = nimbos_irqnum_get_event(peer);
		if (IS_ERR(irqnum))
			return PTR_ERR(irqnum);
		peer->event_irqnum = irqnum;
	} else {
		nimbos_legacy_uintr_begin(&peer->region);
	}
	peer->incarnation++;
	return 0;
}

static int start_on_cpu(struct nimbos_peer *peer, u32 timeout_ms)
{
	int err;

	WRITE_ONCE(peer->executing, true);
	err = peer->ops->start(peer);
	if (err) {
		/* It has not executed a thing: it may be started again as it is. */
		WRITE_ONCE(peer->executing, false);
		withdraw(peer, NIMBOS_PEER_LOADED);
		return err;
	}
	if (peer->legacy)
		err = wait_for_queue(peer, timeout_ms);
	else
		err = wait_until_up(peer, timeout_ms);
	/* Before the page that it starts in is taken away: who knows how far it has come. */
	if (err)
		silence(peer);
	if (peer->ops->settle)
		peer->ops->settle(peer);
	if (err)
		withdraw(peer, NIMBOS_PEER_STOPPED);
	return err;
}

static int choose_backend(struct nimbos_peer *peer, u32 backend,
			  const struct nimbos_peer_ops **ops)
{
	*ops = &nimbos_peer_native_ops;
	if (backend == NIMBOS_BACKEND_NATIVE ||
	    (backend == NIMBOS_BACKEND_AUTO && !nimbos_rvm_present()))
		return 0;
	*ops = &nimbos_peer_rvm_ops;
	return nimbos_peer_rvm_check(peer);
}

static int start(struct nimbos_peer *peer, const struct nimbos_peer_start *arg)
{
	const struct nimbos_peer_ops *ops;
	int err;

	if (nimbos_peer_has_cpu(peer))
		return -EALREADY;
	if (peer->state != NIMBOS_PEER_LOADED)
		return -ENODATA;
	if (!nimbos_apic_usable())
		return -EOPNOTSUPP;
	/* Whoever refuses looks at us under the lock after that. */
	if (READ_ONCE(starts_refused))
		return -EBUSY;

	peer->message[0] = '\0';
	err = choose_backend(peer, arg->backend, &ops);
	if (err)
		return err;
	err = nimbos_cpu_take(arg->cpu, &peer->cpu_was_online);
	if (err)
		return err;
	err = prepare_start(peer, arg->cpu);
	if (err) {
		nimbos_cpu_give_back(arg->cpu, peer->cpu_was_online, false);
		return err;
	}
	/* Nobody may unload the module under a peer; whoever calls us has the device open. */
	__module_get(THIS_MODULE);
	peer->cpu = arg->cpu;
	peer->ops = ops;
	peer->heartbeat_ms = arg->heartbeat_ms ?: HEARTBEAT_MS;

	err = start_on_cpu(peer, arg->timeout_ms ?: START_TIMEOUT_MS);
	if (err) {
		pr_err("peer %u did not start on CPU %u: %s\n", peer->id, peer->cpu, peer->message);
		return err;
	}
	if (peer->legacy)
		take_up_legacy(peer);
	else
		take_up(peer);
	pr_info("peer %u runs on CPU %u (%s start)\n", peer->id, peer->cpu, peer->ops->name);
	return 0;
}

/**
 * nimbos_peer_start() - start a loaded peer
 * @peer: which
 * @arg: as NIMBOS_IOC_PEER_START documents
 *
 * Sleeps.
 *
 * Return: 0 or an error as documented there.
 */
int nimbos_peer_start(struct nimbos_peer *peer, const struct nimbos_peer_start *arg)
{
	int err;

	if (arg->timeout_ms > START_TIMEOUT_MAX_MS || arg->backend > NIMBOS_BACKEND_RVM)
		return -EINVAL;
	if (arg->heartbeat_ms &&
	    (arg->heartbeat_ms < HEARTBEAT_MIN_MS || arg->heartbeat_ms > HEARTBEAT_MAX_MS))
		return -EINVAL;

	mutex_lock(&peer->lock);
	err = start(peer, arg);
	mutex_unlock(&peer->lock);
	return err;
}

/**
 * nimbos_peer_stop() - stop a peer and give its CPU back
 * @peer: which
 *
 * Sleeps.
 *
 * Return: 0 or an error as NIMBOS_IOC_PEER_STOP documents.
 */
int nimbos_peer_stop(struct nimbos_peer *peer)
{
	int err = -ENOTCONN;

	mutex_lock(&peer->lock);
	if (nimbos_peer_has_cpu(peer)) {
		silence(peer);
		err = withdraw(peer, NIMBOS_PEER_STOPPED);
		pr_info("peer %u has been stopped\n", peer->id);
	}
	mutex_unlock(&peer->lock);
	return err;
}

/**
 * nimbos_peer_halt() - stop a peer's CPU without any ceremony, for good
 * @peer: which; the machine is going down, so that nothing is given back. Any context, no locks.
 */
void nimbos_peer_halt(struct nimbos_peer *peer)
{
	WRITE_ONCE(peer->doorbell, 0);
	peer->ops->stop(peer);
}

/**
 * nimbos_peers_refuse_starts() - let no peer start any more, and end starts that are under way
 * @refuse: or allow them again
 *
 * Whoever then takes a peer's lock finds it executing, or not to be started.
 */
void nimbos_peers_refuse_starts(bool refuse)
{
	struct nimbos_peer *peer;

	WRITE_ONCE(starts_refused, refuse);
	for (peer = nimbos_peers; peer < nimbos_peers + NIMBOS_MAX_PEERS; peer++)
		wake_up(&peer->events);
}

/**
 * nimbos_peer_query() - describe a peer
 * @peer: which
 * @arg: as NIMBOS_IOC_QUERY documents
 *
 * Sleeps, while the peer is being started or stopped, too.
 *
 * Return: its changes by then.
 */
u64 nimbos_peer_query(struct nimbos_peer *peer, struct nimbos_query *arg)
{
	unsigned int nr;
	u64 changes;

	mutex_lock(&peer->lock);
	arg->state = peer->state;
	arg->cpu = peer->cpu;
	arg->incarnation = peer->incarnation;
	arg->region_base = peer->region.base;
	arg->region_size = peer->region.size;
	arg->huge_page_size = nimbos_pinned_page_size(peer->region.pinned);
	arg->private_size = peer->region.private_size;
	arg->features = peer->features;
	arg->slots_max = peer->slots_max;
	arg->legacy = peer->legacy;
	arg->backend = peer->ops ? peer->ops->backend : NIMBOS_BACKEND_AUTO;
	for_each_set_bit(nr, peer->slot_map, NIMBOS_SCF_MAX_SLOTS) {
		if (peer->slot[nr]->closed)
			arg->slots_dying++;
		else
			arg->slots_used++;
	}
	if (is_loaded(peer) && !peer->legacy) {
		arg->heartbeat = READ_ONCE(peer->region.peer_area->heartbeat);
		arg->arena_free = gen_pool_avail(peer->region.arena);
	}
	arg->doorbells = atomic64_read(&peer->doorbells);
	arg->interrupts = atomic64_read(&peer->interrupts);
	arg->scf_version = NIMBOS_SCF_VERSION;
	strscpy(arg->message, peer->message, sizeof(arg->message));
	arg->irqnums_used = nimbos_irqnum_used(peer);
	arg->uintr_lanes = nimbos_uintr_lanes(peer);
	changes = peer->changes;
	mutex_unlock(&peer->lock);
	return changes;
}

/**
 * nimbos_peer_ring() - notify a peer that something has happened in a slot
 * @peer: which
 * @slot_nr: a slot that it has
 *
 * What was stored before is visible to the peer when it takes the interrupt. Any context.
 */
void nimbos_peer_ring(struct nimbos_peer *peer, unsigned int slot_nr)
{
	u64 doorbell;

	nimbos_board_kick(peer, slot_nr);
	trace_nimbos_notify(peer->id, slot_nr);

	/* Whoever disconnects the doorbell waits for us before the CPU goes back to Linux. */
	rcu_read_lock();
	doorbell = READ_ONCE(peer->doorbell);
	if (doorbell) {
		if (!peer->legacy || !nimbos_legacy_uintr_post(peer, slot_nr))
			nimbos_apic_send_vector(NIMBOS_SCF_ROUTE_APICID(doorbell),
						NIMBOS_SCF_ROUTE_VECTOR(doorbell));
		atomic64_inc(&peer->doorbells);
	}
	rcu_read_unlock();
}

/**
 * nimbos_peer_event() - a peer may have something to tell of itself
 * @peer: which. Any context.
 */
void nimbos_peer_event(struct nimbos_peer *peer)
{
	wake_up(&peer->events);
	queue_work(peer_wq, &peer->event_work);
}

/**
 * nimbos_peer_queue() - queue work that takes a peer's lock, and so may wait for a start to end
 * @work: which. Any context.
 */
void nimbos_peer_queue(struct work_struct *work)
{
	queue_work(peer_wq, work);
}

static void event_work(struct work_struct *work)
{
	struct nimbos_peer *peer = container_of(work, struct nimbos_peer, event_work);
	char message[NIMBOS_SCF_MESSAGE_SIZE];

	mutex_lock(&peer->lock);
	/* It may be a late one, of a peer that was here before a legacy one. */
	if (peer->state == NIMBOS_PEER_RUNNING && !peer->legacy) {
		if (reported_state(peer) == NIMBOS_SCF_PEER_FAILED) {
			copy_message(peer, message, sizeof(message));
			fail(peer, message);
		} else {
			nimbos_slots_reap(peer);
		}
	}
	mutex_unlock(&peer->lock);
}

static void watchdog(struct work_struct *work)
{
	struct nimbos_peer *peer = container_of(work, struct nimbos_peer, watchdog.work);
	char message[NIMBOS_MESSAGE_SIZE];
	u64 heartbeat;

	mutex_lock(&peer->lock);
	if (peer->state != NIMBOS_PEER_RUNNING || peer->legacy)
		goto out;
	heartbeat = READ_ONCE(peer->region.peer_area->heartbeat);
	if (heartbeat != peer->heartbeat) {
		peer->heartbeat = heartbeat;
		peer->heartbeat_seen = jiffies;
	} else if (time_after(jiffies,
			      peer->heartbeat_seen + msecs_to_jiffies(peer->heartbeat_ms))) {
		snprintf(message, sizeof(message), "its heartbeat has stood still for %u ms",
			 jiffies_to_msecs(jiffies - peer->heartbeat_seen));
		fail(peer, message);
		goto out;
	}
	queue_delayed_work(peer_wq, &peer->watchdog, msecs_to_jiffies(peer->heartbeat_ms / 2));
out:
	mutex_unlock(&peer->lock);
}

/**
 * nimbos_peers_init() - make all peers ready to be loaded
 *
 * Return: 0 or -ENOMEM.
 */
int nimbos_peers_init(void)
{
	struct nimbos_peer *peer;

	peer_wq = alloc_workqueue("nimbos", WQ_UNBOUND, 0);
	if (!peer_wq)
		return -ENOMEM;
	for (peer = nimbos_peers; peer < nimbos_peers + NIMBOS_MAX_PEERS; peer++) {
		peer->id = peer - nimbos_peers;
		peer->cpu = -1;
		peer->changes = 1;
		peer->slots_max = NIMBOS_SCF_MAX_SLOTS;
		mutex_init(&peer->lock);
		init_waitqueue_head(&peer->events);
		INIT_WORK(&peer->event_work, event_work);
		INIT_DELAYED_WORK(&peer->watchdog, watchdog);
	}
	return 0;
}

/**
 * nimbos_peers_exit() - let everything go that peers have; none runs. Sleeps.
 */
void nimbos_peers_exit(void)
{
	struct nimbos_peer *peer;

	for (peer = nimbos_peers; peer < nimbos_peers + NIMBOS_MAX_PEERS; peer++) {
		cancel_delayed_work_sync(&peer->watchdog);
		cancel_work_sync(&peer->event_work);
		mutex_lock(&peer->lock);
		if (nimbos_peer_is_lost(peer)) {
			/* A reference that nobody gives back. */
			nimbos_pinned_get(peer->region.pinned);
			pr_err("the memory of peer %u, %llu bytes at %#llx, is never used again\n",
			       peer->id, peer->region.size, (u64)peer->region.base);
		}
		unload(peer);
		mutex_unlock(&peer->lock);
		mutex_destroy(&peer->lock);
	}
	destroy_workqueue(peer_wq);
}
