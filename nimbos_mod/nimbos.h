/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbos: the module's objects, who owns them, and the locks.
 *
 * A peer has a region and a CPU; its slots are cut from the region's arena; each slot is reached by
 * an irqnum, a Linux interrupt. An open file has at most one slot.
 *
 * Lock order, outermost first:
 *
 *	nimbos_file.lock		the file's slot pointer while it is set; its UITT
 *	  nimbos_peer.lock		a peer's state, region, CPU, slot table
 *	    ready_mutex			whether user interrupts have been made ready
 *	    native_page_lock		the page below 1 MiB that a CPU starts in
 *	    device_hotplug_lock		(the kernel's) and cpu_hotplug_lock in it: remove_cpu() and
 *					add_cpu()
 *	    irqnum_mutex		allocation of irqnums
 *	      irqnum_list_lock		the list of irqnums in use; spinlock
 *	        nimbos_irqnum.lock	an irqnum's slots and their lanes' events; spinlock; the
 *					interrupt handler takes it
 *	    mmap_lock, i_mmap_rwsem	(the kernel's) pinning memory, copying an image; taking
 *					mappings away
 *	      nimbos_slot.map_lock	faults against death
 *	    nimbos_uintr_lock		UPIDs, targets, senders; raw spinlock, not in interrupts
 *	    nimbos_uintr_cpu.lock	threads that wait on a CPU; raw spinlock; the interrupt
 *					handler takes it
 *	live_lock			whether calls.c may queue work; spinlock
 *	nimbos_slot.queue_lock		a legacy slot's queue, outside the byte lock in it; raw
 *					spinlock, innermost
 *
 * CPU-hotplug callbacks run under cpu_hotplug_lock: they take spinlocks only.
 */
#ifndef NIMBOS_H
#define NIMBOS_H

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/interrupt.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <linux/nimbos.h>
#include <linux/nimbos_legacy.h>
#include <linux/nimbos_scf.h>

#include "legacy_queue.h"

#undef pr_fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

struct address_space;
struct dentry;
struct eventfd_ctx;
struct file;
struct gen_pool;
struct irq_domain;
struct seq_file;
struct vm_area_struct;

struct nimbos_file;
struct nimbos_legacy_signal;
struct nimbos_peer;
struct nimbos_pinned;
struct nimbos_slot;
struct nimbos_uintr;
struct nimbos_uitt;

/* A count of objects given out and taken back; the difference is what is in use. */
struct nimbos_account {
	u64 allocated;
	u64 freed;
};

void nimbos_account_show(struct seq_file *m, const char *what,
			 const struct nimbos_account *account);

/* upid.c */

/**
 * struct nimbos_upid_pool - UPIDs
 * @upids: NIMBOS_SCF_MAX_UPIDS of them, but for a legacy peer; or NULL
 * @base: physical address of the first; 0 for those that no peer posts to
 * @map: those in use
 * @account: given out and taken back
 *
 * Protected by nimbos_uintr_lock.
 */
struct nimbos_upid_pool {
	struct nimbos_scf_upid *upids;
	phys_addr_t base;
	DECLARE_BITMAP(map, NIMBOS_SCF_MAX_UPIDS);
	struct nimbos_account account;
};

void nimbos_upid_show(struct seq_file *m, const struct nimbos_upid_pool *pool);

/* region.c */

/**
 * struct nimbos_region - the memory of a peer
 * @base: physical address
 * @size: in bytes
 * @private_size: of the peer's own part, at the start, in bytes; all of it with a legacy peer, and
 *	then there is nothing of what follows after @va, but for @upids, which lie before the region
 * @pinned: what it consists of, if that has been taken from Linux; NULL if it is reserved memory
 * @va: the whole region in the kernel's address space, write-back cached; NULL while there is none
 * @board: what we write and the peer reads
 * @peer_area: what the peer writes: read once, then checked
 * @upids: what the peer posts to, and where it is posted to
 * @arena: pages for slots
 */
struct nimbos_region {
	phys_addr_t base;
	u64 size;
	u64 private_size;
	struct nimbos_pinned *pinned;
	void *va;
	struct nimbos_scf_board *board;
	const struct nimbos_scf_peer *peer_area;
	struct nimbos_upid_pool upids;
	struct gen_pool *arena;
};

int nimbos_region_check(u64 base, u64 size, bool is_pinned, bool legacy, u64 *private_size);
bool nimbos_region_is_reserved(u64 base, u64 size);
int nimbos_region_claim(struct nimbos_region *region, u64 base, u64 size, u64 private_size,
			struct nimbos_pinned *pinned);
void nimbos_region_release(struct nimbos_region *region);
void nimbos_region_zero(void *va, u64 size);

/* irqnum.c */

/**
 * struct nimbos_irqnum - a Linux interrupt by which a peer notifies us
 * @nr: its number in the pool
 * @virq: its number in Linux
 * @peer: whose it is
 * @is_event: it tells of the peer itself, not of slots
 * @slot_nr: the first slot that it serves; a legacy peer's stays with that number
 * @entry: in the list of irqnums in use
 * @lock: protects what follows
 * @slots: the slots that it serves
 * @users: how many they are
 * @route: what was published last
 * @count: interrupts taken
 * @name: in /proc/interrupts
 */
struct nimbos_irqnum {
	unsigned int nr;
	unsigned int virq;
	struct nimbos_peer *peer;
	bool is_event;
	unsigned int slot_nr;
	struct list_head entry;
	spinlock_t lock; /* see above */
	struct list_head slots;
	unsigned int users;
	u64 route;
	u64 count;
	char name[24];
};

struct nimbos_irqnum *nimbos_irqnum_get_event(struct nimbos_peer *peer);
void nimbos_irqnum_put_event(struct nimbos_irqnum *irqnum);
int nimbos_irqnum_attach(struct nimbos_slot *slot);
void nimbos_irqnum_detach(struct nimbos_slot *slot);
void nimbos_irqnum_drop_kept(struct nimbos_peer *peer);
void nimbos_irqnum_refresh_all(void);
unsigned int nimbos_irqnum_used(struct nimbos_peer *peer);
void nimbos_irqnum_show(struct seq_file *m);
int nimbos_irqnum_get_cpu(unsigned int cpu, irq_handler_t handler, const char *name, void *cookie);
void nimbos_irqnum_put_cpu(unsigned int virq, void *cookie);

/* uintr.c and uintr_slot.c, and uintr_sender.c and uintr_cpu.c behind them; they share uintr.h */

/**
 * struct nimbos_uintr_target - where senders of user interrupts lead
 * @upid: what they post to; NULL when they lead nowhere any more
 * @senders: who they are
 * @nr_senders: how many
 *
 * Protected by nimbos_uintr_lock.
 */
struct nimbos_uintr_target {
	struct nimbos_scf_upid *upid;
	struct list_head senders;
	unsigned int nr_senders;
};

u32 nimbos_uintr_state(void);
void nimbos_uintr_exit(void);
int nimbos_uintr_register_handler(struct nimbos_file *file,
				  struct nimbos_uintr_register_handler *arg);
int nimbos_uintr_unregister_handler(struct nimbos_file *file);
struct file *nimbos_uintr_vector_file(struct nimbos_file *file, unsigned int number);
int nimbos_uintr_register_sender(struct nimbos_file *file,
				 struct nimbos_uintr_register_sender *arg, bool *is_first);
int nimbos_uintr_unregister_sender(struct nimbos_file *file, unsigned int index);
void nimbos_uintr_end_sender(void);
int nimbos_uintr_wait(struct nimbos_file *file, const struct nimbos_uintr_wait *arg);
void nimbos_uintr_close_file(struct nimbos_file *file);
void nimbos_uintr_connect_doorbell(struct nimbos_peer *peer, u8 vector);
void nimbos_uintr_disconnect_doorbell(struct nimbos_peer *peer);
void nimbos_uintr_open_slot(struct nimbos_slot *slot);
void nimbos_uintr_close_slot(struct nimbos_slot *slot);
void nimbos_uintr_reap_slot(struct nimbos_slot *slot);
unsigned int nimbos_uintr_lanes(const struct nimbos_peer *peer);
void nimbos_uintr_show(struct seq_file *m);

/* slot.c */

/**
 * struct nimbos_slot_lane - what Linux keeps of a lane; the irqnum's lock protects it, but for
 *	the last two, which nimbos_uintr_lock protects
 * @wait: who waits for the lane
 * @pending: a notification has come that no wait has consumed; set under the lock, consumed by
 *	xchg()
 * @seen: the value of the lane's kick word that was looked at last
 * @eventfd: signalled with each notification; or NULL
 * @uintr: the thread that has a handler for the lane; or NULL
 * @upid: index of the lane's UPID in the region; 0 until the first thread wants it
 */
struct nimbos_slot_lane {
	wait_queue_head_t wait;
	int pending;
	u32 seen;
	struct eventfd_ctx *eventfd;
	struct nimbos_uintr *uintr;
	unsigned int upid;
};

/**
 * struct nimbos_slot - one process of a peer and one shadow process
 * @peer: whose it is
 * @nr: its number in the peer's table
 * @epoch: as on the board; protected by peer->lock
 * @closed: the file is gone; protected by peer->lock
 * @mapping: where the file's mappings are found; valid until @closed
 * @pollers: who polls the file; NULL when that is gone; protected by the irqnum's lock
 * @map_lock: taken for writing to set @dead, for reading to map memory
 * @dead: set once, under @map_lock; never mapped or notified any more
 * @depth: entries in each ring
 * @control: the control area, which both sides write: read once, then checked; NULL with a legacy
 *	peer, where the area is the slot's queue and the window is all of the region
 * @control_offset: from the region's base, in bytes
 * @control_size: in bytes, whole pages
 * @window_offset: from the region's base, in bytes
 * @window_size: in bytes, whole pages
 * @irqnum: by which the peer notifies it
 * @irqnum_entry: in the irqnum's slots
 * @signal: how a shadow of the old drivers' time is notified, or NULL; protected by the irqnum's
 *	lock
 * @queue_lock: protects @queue, and is taken before the byte lock in it
 * @queue: of a legacy peer's slot
 * @doorbell: the peer, as its shadow posts to it
 * @lanes: number of lanes
 * @lane: the lanes
 */
struct nimbos_slot {
	struct nimbos_peer *peer;
	unsigned int nr;
	u32 epoch;
	bool closed;
	struct address_space *mapping;
	wait_queue_head_t *pollers;
	struct rw_semaphore map_lock;
	bool dead;
	unsigned int depth;
	struct nimbos_scf_slot *control;
	u64 control_offset;
	u64 control_size;
	u64 window_offset;
	u64 window_size;
	struct nimbos_irqnum *irqnum;
	struct list_head irqnum_entry;
	struct nimbos_legacy_signal *signal;
	raw_spinlock_t queue_lock; /* see above */
	struct nimbos_legacy_queue queue;
	struct nimbos_uintr_target doorbell;
	unsigned int lanes;
	struct nimbos_slot_lane lane[];
};

struct nimbos_slot *nimbos_slot_alloc(struct nimbos_peer *peer, struct nimbos_file *file,
				      struct nimbos_slot_alloc *arg);
struct nimbos_slot *nimbos_slot_alloc_legacy(struct nimbos_peer *peer, struct nimbos_file *file);
void nimbos_slot_close(struct nimbos_slot *slot);
void nimbos_slot_scan(struct nimbos_slot *slot);
int nimbos_slot_wait(struct nimbos_slot *slot, const struct nimbos_slot_wait *arg);
int nimbos_slot_notify(struct nimbos_slot *slot);
int nimbos_slot_set_eventfd(struct nimbos_slot *slot, unsigned int lane, int fd);
__poll_t nimbos_slot_events(struct nimbos_slot *slot);
int nimbos_slot_mmap(struct nimbos_slot *slot, struct vm_area_struct *vma);
/* For peer.c, under peer->lock. */
void nimbos_slots_kill(struct nimbos_peer *peer);
void nimbos_slots_reap(struct nimbos_peer *peer);

/* calls.c */
void nimbos_calls_init(void);
void nimbos_calls_exit(void);
void nimbos_calls_tell(struct nimbos_slot *slot);
int nimbos_calls_show(struct nimbos_slot *slot, const struct nimbos_slot_trace *arg);

/* peer.c */

/**
 * struct nimbos_peer_ops - a way to start a peer on a CPU that Linux has given up
 * @name: for messages
 * @backend: for user space, enum nimbos_backend
 * @start: let the CPU run the peer's image, in the state that a peer expects; may sleep
 * @settle: the peer is up, or has been stopped: undo what @start lent it; may sleep; or NULL
 * @stop: stop the CPU, whatever it does short of virtualization (INIT waits while a processor is in
 *	VMX root operation); does not sleep, and may be called in a panic
 */
struct nimbos_peer_ops {
	const char *name;
	u32 backend;
	int (*start)(struct nimbos_peer *peer);
	void (*settle)(struct nimbos_peer *peer);
	void (*stop)(struct nimbos_peer *peer);
};

/**
 * struct nimbos_peer - a foreign kernel
 * @id: which, below NIMBOS_MAX_PEERS
 * @lock: protects everything here that does not say otherwise
 * @state: enum nimbos_peer_state; written under @lock
 * @changes: how often there was something new to ask for, from 1 on: @state was set, or the last
 *	slot has gone; written under @lock, read by who polls
 * @legacy: enum nimbos_legacy; does not change while there are slots
 * @slots_max: how many slots it can have
 * @ops: how it is started, or was last; or NULL
 * @cpu: the CPU that it has or had; -1 for none yet
 * @apicid: of @cpu
 * @executing: its code may be on @cpu; read without the lock in a panic
 * @cpu_was_online: @cpu goes back online when the peer stops
 * @cpu_is_lost: Linux has not executed on @cpu since the peer did, and nobody knows whether that
 *	does no more; of a peer whose memory is pinned
 * @incarnation: how often it was started
 * @serial_port: of its console, or 0
 * @cmdline: its command line
 * @region: its memory
 * @features: NIMBOS_SCF_F_* in force
 * @doorbell: where the peer is notified, as NIMBOS_SCF_ROUTE(); 0 while it must not be. Written
 *	under @lock, read under rcu_read_lock(): after synchronize_rcu() nobody sends to the old one
 * @message: why it has failed
 * @heartbeat: value seen last
 * @heartbeat_seen: when it changed last, in jiffies
 * @heartbeat_ms: how long it may stand still
 * @event_irqnum: by which the peer tells of itself; NULL with a legacy peer, which does not
 * @events: waited on while the peer starts; woken by the event interrupt
 * @trace_work: tells its slots whether calls are traced
 * @event_work: looks at the peer's state and acknowledgements
 * @watchdog: looks at the heartbeat
 * @doorbells: notifications sent in this incarnation; any context
 * @interrupts: notifications received in this incarnation; any context
 * @slot_map: slot numbers in use
 * @slot: the slots
 * @slot_epoch: the epoch of each slot number in this incarnation
 * @slot_account: slots given out and taken back
 * @debugfs: its directory
 */
struct nimbos_peer {
	unsigned int id;
	struct mutex lock; /* see above */
	u32 state;
	u64 changes;
	u32 legacy;
	u32 slots_max;
	const struct nimbos_peer_ops *ops;
	int cpu;
	u32 apicid;
	bool executing;
	bool cpu_was_online;
	bool cpu_is_lost;
	u32 incarnation;
	u32 serial_port;
	char cmdline[NIMBOS_SCF_CMDLINE_SIZE];
	struct nimbos_region region;
	u64 features;
	u64 doorbell;
	char message[NIMBOS_MESSAGE_SIZE];
	u64 heartbeat;
	unsigned long heartbeat_seen;
	u32 heartbeat_ms;
	struct nimbos_irqnum *event_irqnum;
	wait_queue_head_t events;
	struct work_struct trace_work;
	struct work_struct event_work;
	struct delayed_work watchdog;
	atomic64_t doorbells;
	atomic64_t interrupts;
	DECLARE_BITMAP(slot_map, NIMBOS_SCF_MAX_SLOTS);
	struct nimbos_slot *slot[NIMBOS_SCF_MAX_SLOTS];
	u32 slot_epoch[NIMBOS_SCF_MAX_SLOTS];
	struct nimbos_account slot_account;
	struct dentry *debugfs;
};

extern struct nimbos_peer nimbos_peers[NIMBOS_MAX_PEERS];
/* Woken with each of a peer's changes. */
extern wait_queue_head_t nimbos_peers_changed;

int nimbos_peers_init(void);
void nimbos_peers_exit(void);
int nimbos_peer_load(struct nimbos_peer *peer, const struct nimbos_peer_load *arg);
int nimbos_peer_start(struct nimbos_peer *peer, const struct nimbos_peer_start *arg);
int nimbos_peer_stop(struct nimbos_peer *peer);
int nimbos_peer_unload(struct nimbos_peer *peer);
void nimbos_peer_halt(struct nimbos_peer *peer);
bool nimbos_peer_has_cpu(const struct nimbos_peer *peer);
bool nimbos_peer_is_lost(struct nimbos_peer *peer);
void nimbos_peers_refuse_starts(bool refuse);
void nimbos_peer_changed(struct nimbos_peer *peer);
u64 nimbos_peer_query(struct nimbos_peer *peer, struct nimbos_query *arg);
void nimbos_peer_event(struct nimbos_peer *peer);
void nimbos_peer_queue(struct work_struct *work);
void nimbos_peer_ring(struct nimbos_peer *peer, unsigned int slot_nr);

/* board.c */
void nimbos_board_init(struct nimbos_peer *peer);
void nimbos_board_kick(struct nimbos_peer *peer, unsigned int slot_nr);
void nimbos_board_open_slot(struct nimbos_slot *slot, u64 window_va);
void nimbos_board_close_slot(struct nimbos_slot *slot);
void nimbos_board_route(struct nimbos_peer *peer, struct nimbos_slot *slot, u64 route);
void nimbos_board_lane_upid(struct nimbos_slot *slot, unsigned int lane, unsigned int upid);

/* cpu.c */
int nimbos_cpus_init(void);
void nimbos_cpus_exit(void);
int nimbos_cpu_take(unsigned int cpu, bool *was_online);
int nimbos_cpu_give_back(unsigned int cpu, bool online, bool prove);

/* guard.c */
int nimbos_guard_init(void);
void nimbos_guard_exit(void);

/* peer_native.c, peer_rvm.c */
extern const struct nimbos_peer_ops nimbos_peer_native_ops;
extern const struct nimbos_peer_ops nimbos_peer_rvm_ops;
int nimbos_peer_rvm_check(struct nimbos_peer *peer);

/* legacy.c, legacy_signal.c */
bool nimbos_legacy_abi(void);
int nimbos_legacy_check_load(const struct nimbos_peer_load *arg);
unsigned int nimbos_legacy_slots(const struct nimbos_peer_load *arg);
u64 nimbos_legacy_queue_offset(const struct nimbos_peer *peer, unsigned int slot_nr);
bool nimbos_legacy_has_queue(const struct nimbos_peer *peer);
int nimbos_legacy_map(const struct nimbos_slot *slot, struct vm_area_struct *vma);
u64 nimbos_legacy_route(struct nimbos_slot *slot);
long nimbos_legacy_ioctl(struct nimbos_file *file, unsigned int cmd, void __user *user);
int nimbos_legacy_signal_begin(struct nimbos_slot *slot);
void nimbos_legacy_signal_end(struct nimbos_slot *slot);
void nimbos_legacy_signal_send(struct nimbos_legacy_signal *signal);
void nimbos_legacy_signal_free(struct nimbos_legacy_signal *signal);

/* legacy_serve.c */
void nimbos_legacy_serve_begin(struct nimbos_slot *slot);
void nimbos_legacy_serve_end(struct nimbos_slot *slot);
int nimbos_legacy_take(struct nimbos_slot *slot, struct nimbos_legacy_take *arg);
int nimbos_legacy_answer(struct nimbos_slot *slot, struct nimbos_legacy_answer *arg);

/* legacy_uintr.c */
void nimbos_legacy_uintr_claim(struct nimbos_region *region);
void nimbos_legacy_uintr_release(struct nimbos_region *region);
void nimbos_legacy_uintr_begin(struct nimbos_region *region);
int nimbos_legacy_uintr_check(const struct nimbos_slot *slot);
unsigned int nimbos_legacy_uintr_upid(const struct nimbos_slot *slot);
bool nimbos_legacy_uintr_post(struct nimbos_peer *peer, unsigned int slot_nr);

/* ioctl.c, chardev.c */

/**
 * struct nimbos_file - an open file
 * @mapping: where its mappings are found
 * @pollers: who polls it
 * @file: the kernel's part of it
 * @lock: held while @slot is set, and protects @uitt
 * @slot: its slot, set once, with release order; or NULL
 * @seen: for each peer, its changes when it was asked for last; 0 if it never was
 * @uitt: where user interrupts can be sent to with it, set once; or NULL
 */
struct nimbos_file {
	struct file *file;
	struct address_space *mapping;
	wait_queue_head_t pollers;
	struct mutex lock; /* see above */
	struct nimbos_slot *slot;
	u64 seen[NIMBOS_MAX_PEERS];
	struct nimbos_uitt *uitt;
};

static inline struct nimbos_slot *nimbos_file_slot(const struct nimbos_file *file)
{
	/* Pairs with the release in nimbos_file_keep_slot(): the slot is complete. */
	return smp_load_acquire(&file->slot);
}

int nimbos_file_keep_slot(struct nimbos_file *file, struct nimbos_slot *slot, int err);
long nimbos_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
int nimbos_chardev_init(void);
void nimbos_chardev_exit(void);

/* debugfs.c */
void nimbos_debugfs_init(void);
void nimbos_debugfs_exit(void);

#endif /* NIMBOS_H */
