/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * nimbos: client library, the peer kernel's side of system-call forwarding (SCF) version 3.
 *
 * For any kernel: no C library, no allocation, no static data. The kernel gives the memory for
 * every object and a few operations; the library does what linux/nimbos_scf.h says. Objects:
 *
 *	nimbos_client		one per peer kernel: the board, the peer area, the doorbell
 *	nimbos_client_slot	one per process: a slot that a process is attached to
 *	nimbos_client_lane	one per thread: its calls
 *
 * A kernel's start: nimbos_client_init(), nimbos_client_uintr() if it likes, install the doorbell's
 * interrupt handler, then nimbos_client_up(); a timer calls nimbos_client_heartbeat() at least ten
 * times a second. The handler calls nimbos_client_doorbell(), which calls @slot_ready for a process
 * to start; its first thread calls nimbos_client_slot_attach() and nimbos_client_lane_open() and
 * makes calls.
 *
 * Concurrency: one lane belongs to one thread at a time. Slot functions are called by one thread of
 * the process at a time. nimbos_client_doorbell() may interrupt or run beside all others, but not
 * itself. Functions return 0 or more, or a negative enum nimbos_client_error; they do not sleep
 * unless their text says so.
 */
#ifndef NIMBOS_CLIENT_H
#define NIMBOS_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/nimbos_scf.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * enum nimbos_client_error - errors of the library itself; the values are Linux's on x86-64
 * @NIMBOS_EAGAIN: not now: no credit, or the server is not ready
 * @NIMBOS_EBUSY: the slot or the lane is in use
 * @NIMBOS_ENODEV: there is no board, or it is not of this version
 * @NIMBOS_EINVAL: an argument can never be right
 * @NIMBOS_EPROTO: the other side wrote what it must not; the slot or lane is of no further use
 * @NIMBOS_ECONNRESET: the other side has died; a call in flight may or may not have been executed
 * @NIMBOS_ETIMEDOUT: no response in time; the call stays in flight, and its late response is
 *	dropped
 */
enum nimbos_client_error {
	NIMBOS_EAGAIN = 11,
	NIMBOS_EBUSY = 16,
	NIMBOS_ENODEV = 19,
	NIMBOS_EINVAL = 22,
	NIMBOS_EPROTO = 71,
	NIMBOS_ECONNRESET = 104,
	NIMBOS_ETIMEDOUT = 110,
};

/* For times: never. */
#define NIMBOS_FOREVER (~0ULL)

struct nimbos_client;
struct nimbos_client_slot;
struct nimbos_client_lane;

/**
 * struct nimbos_client_uitte - an entry of a UITT (Intel's manual, volume 3, "User Interrupts")
 * @control: bit 0: valid; bits 15:8: user vector
 * @upid: linear address of the UPID
 */
struct nimbos_client_uitte {
	__u64 control;
	__u64 upid;
};

/**
 * struct nimbos_client_ops - what the library wants of the kernel
 * @send_ipi: send the vector NIMBOS_SCF_ROUTE_VECTOR(route) to the APIC ID
 *	NIMBOS_SCF_ROUTE_APICID(route); all earlier stores are visible by then. @lane is who
 *	notifies, NULL for the peer as a whole; a kernel has no use for it
 * @now_ns: a clock that only goes forward, in ns
 * @sleep: block the calling thread, which is @lane's, until wake() for this lane has been called
 *	since sleep() returned last, or now_ns() has reached @deadline_ns (NIMBOS_FOREVER: no end).
 *	So a wake() that comes just before the sleep() is not lost: a binary semaphore per lane. May
 *	return early
 * @wake: end sleep() on @lane, now or the next one; called in nimbos_client_doorbell()
 * @slot_ready: a slot wants a new process: server READY and nobody attached; called in
 *	nimbos_client_doorbell(), once for each @epoch. The process, once it runs, attaches
 * @slot_dead: the slot that is attached has died; called in nimbos_client_doorbell(), once, after
 *	the waiting threads have been woken. nimbos_client_slot_detach() must follow, when no thread
 *	of the process uses it or its window any more. May be NULL
 */
struct nimbos_client_ops {
	void (*send_ipi)(struct nimbos_client *client, __u64 route,
			 struct nimbos_client_lane *lane);
	__u64 (*now_ns)(struct nimbos_client *client);
	void (*sleep)(struct nimbos_client_lane *lane, __u64 deadline_ns);
	void (*wake)(struct nimbos_client_lane *lane);
	void (*slot_ready)(struct nimbos_client *client, __u32 slot, __u32 epoch);
	void (*slot_dead)(struct nimbos_client_slot *slot);
};

/**
 * struct nimbos_client - a peer kernel
 * @ops: set by nimbos_client_init()
 * @board: the board, mapped by the kernel
 * @peer: the peer area, in the region
 * @region: where the kernel has mapped the region's base
 * @region_size: of the region, in bytes
 * @arena_start: offset of the first byte that can be a slot's
 * @arena_end: offset of the first byte after the last that can be a slot's
 * @nr_slots: of the board, read and checked once
 * @nr_upids: of the board, read and checked once; 0 if Linux has no user interrupts
 * @x2apic: whether Linux uses its local APICs in x2APIC mode
 * @upids: descriptors of user interrupts, in the region
 * @uitt: for SENDUIPI: leads to @upids; NULL to post by hand
 * @features: NIMBOS_SCF_F_* that both sides have
 * @slot: who is attached to a slot, NULL for nobody
 * @seen_kick: @slot_kick of the board as the doorbell has seen it
 * @started_epoch: the epoch in which a slot was reported ready or attached to, 0 for none
 * @data: the kernel's own
 *
 * Private to the library but for @features, @nr_upids and @data.
 */
struct nimbos_client {
	const struct nimbos_client_ops *ops;
	struct nimbos_scf_board *board;
	struct nimbos_scf_peer *peer;
	char *region;
	__u64 region_size;
	__u64 arena_start;
	__u64 arena_end;
	__u32 nr_slots;
	__u32 nr_upids;
	bool x2apic;
	struct nimbos_scf_upid *upids;
	const struct nimbos_client_uitte *uitt;
	__u64 features;
	struct nimbos_client_slot *slot[NIMBOS_SCF_MAX_SLOTS];
	__u32 seen_kick[NIMBOS_SCF_MAX_SLOTS];
	__u32 started_epoch[NIMBOS_SCF_MAX_SLOTS];
	void *data;
};

/**
 * nimbos_client_init() - find and check the board, claim the peer area
 * @client: memory for the object; need not be zero
 * @ops: the kernel's operations
 * @board: the board, mapped write-back
 * @region: the region's base, mapped write-back for all its size
 * @data: the kernel's own, found again in @client
 *
 * Tells Linux that the peer is booting.
 *
 * Return: 0, or -NIMBOS_ENODEV if this is not a board of version 3, -NIMBOS_EPROTO if what it says
 * does not fit together.
 */
int nimbos_client_init(struct nimbos_client *client, const struct nimbos_client_ops *ops,
		       struct nimbos_scf_board *board, void *region, void *data);

/**
 * nimbos_client_uintr() - let the peer and the workers of shadows notify each other by user
 *	interrupts, as far as Linux offers it
 * @client: the peer, which is not up yet
 * @uitt: memory for NIMBOS_SCF_MAX_UPIDS entries, aligned to 16 bytes, for the library to fill in:
 *	the peer posts by SENDUIPI; NULL: it posts by hand, and the processor needs no support
 *
 * A worker that has asked for it is not notified by an interrupt of Linux then, but by a post to
 * its UPID; and a worker rings the doorbell by a user interrupt, whose notification is the
 * doorbell's vector.
 *
 * For SENDUIPI the kernel makes the processor ready afterwards, if the answer is not 0, and before
 * it is up: CR4.UINTR set; IA32_UINTR_TT the address of @uitt with bit 0 set; IA32_UINTR_MISC
 * @client->nr_upids - 1, with no notification vector. @uitt and the region must be mapped where
 * they are now whenever a thread calls the library.
 *
 * Return: NIMBOS_SCF_F_UPID, or what is offered of it; 0 if interrupts are all that there is.
 */
__u64 nimbos_client_uintr(struct nimbos_client *client, struct nimbos_client_uitte *uitt);

/**
 * nimbos_client_up() - tell Linux that the peer takes slots
 * @client: the peer
 * @doorbell_vector: the vector whose handler calls nimbos_client_doorbell(), 32 to 255; 0 if the
 *	kernel polls by calling it now and then
 */
void nimbos_client_up(struct nimbos_client *client, __u8 doorbell_vector);

/**
 * nimbos_client_fail() - tell Linux that the peer has given up
 * @client: the peer
 * @message: one line of text that says why, ends with a NUL; cut where it is too long
 *
 * Takes no locks and may be called in a panic.
 */
void nimbos_client_fail(struct nimbos_client *client, const char *message);

/**
 * nimbos_client_heartbeat() - tell Linux that the peer is well
 * @client: the peer
 *
 * Called by one timer, at least ten times a second.
 */
void nimbos_client_heartbeat(struct nimbos_client *client);

/**
 * nimbos_client_console_write() - append to the console that Linux can read
 * @client: the peer
 * @text: bytes to write
 * @len: number of bytes
 *
 * By one writer at a time. Old text is overwritten; there is no waiting for a reader.
 */
void nimbos_client_console_write(struct nimbos_client *client, const void *text, size_t len);

/**
 * nimbos_client_doorbell() - look after all slots that Linux has raised
 * @client: the peer
 *
 * Wakes threads whose responses have come, wakes all threads of a slot that has died, reports slots
 * that want a process, acknowledges the death of slots that nobody is attached to. Called by the
 * doorbell's interrupt handler; never twice at the same time.
 */
void nimbos_client_doorbell(struct nimbos_client *client);

/**
 * struct nimbos_client_slot - a process, attached to a slot
 * @client: the peer
 * @no: number of the slot
 * @epoch: the slot's, when it was attached to; always odd
 * @lanes: number of lanes
 * @depth: entries in each ring
 * @reported: whether @slot_dead has been called
 * @features: NIMBOS_SCF_F_* that both sides have
 * @entry: the slot on the board
 * @control: the slot's control area, in the region
 * @window: the window, where the kernel has mapped the region
 * @window_size: of the window, in bytes
 * @window_va: address of the window in the process; pointers in calls lie here
 * @lane: lanes that are open
 * @data: the kernel's own
 *
 * Set by nimbos_client_slot_attach(), then read-only but for @data.
 */
struct nimbos_client_slot {
	struct nimbos_client *client;
	__u32 no;
	__u32 epoch;
	__u16 lanes;
	__u16 depth;
	bool reported;
	__u64 features;
	struct nimbos_scf_slot_entry *entry;
	struct nimbos_scf_slot *control;
	void *window;
	__u64 window_size;
	__u64 window_va;
	struct nimbos_client_lane *lane[NIMBOS_SCF_MAX_LANES];
	void *data;
};

/**
 * nimbos_client_slot_attach() - begin to use a slot
 * @client: the peer
 * @slot: memory for the object; need not be zero, and must last until the slot is detached
 * @no: number of the slot
 * @epoch: the slot's epoch, from @slot_ready or from a fork
 *
 * Return: 0, or -NIMBOS_EINVAL (no such slot), -NIMBOS_EBUSY (attached already), -NIMBOS_ECONNRESET
 * (@epoch is over), -NIMBOS_EAGAIN (the server is not ready), -NIMBOS_EPROTO (the board's entry
 * leads outside the region).
 */
int nimbos_client_slot_attach(struct nimbos_client *client, struct nimbos_client_slot *slot,
			      __u32 no, __u32 epoch);

/**
 * nimbos_client_slot_detach() - stop using a slot, alive or dead
 * @slot: the slot; no thread uses it, its lanes or its window any more
 *
 * If the slot has died, this acknowledges it, and Linux may use its memory again; if it is alive,
 * the server is told, and the death will be acknowledged by the doorbell. The object can be used
 * again when no nimbos_client_doorbell() that was running is running any more; on one CPU that is
 * at once.
 */
void nimbos_client_slot_detach(struct nimbos_client_slot *slot);

/**
 * nimbos_client_slot_alive() - whether the slot still has its server
 * @slot: the slot
 */
bool nimbos_client_slot_alive(const struct nimbos_client_slot *slot);

/**
 * struct nimbos_client_result - a call that has ended
 * @result: what the call returned: a value, or a negative Linux errno
 * @aux: its second result, 0 where it has none
 * @tag: as it was given to nimbos_client_submit()
 */
struct nimbos_client_result {
	__s64 result;
	__u64 aux;
	__u64 tag;
};

/**
 * struct nimbos_client_call - the library's memory of a call; private
 * @cookie: what the request carries; 0 while the entry is free
 * @done: how it ended, and the caller's tag
 * @next: the next entry in the same list
 * @abandoned: its caller has timed out; the response will be dropped
 */
struct nimbos_client_call {
	__u64 cookie;
	struct nimbos_client_result done;
	__u16 next;
	bool abandoned;
};

/**
 * struct nimbos_client_lane - a thread's lane
 * @slot: the slot
 * @no: number of the lane in the slot
 * @prio: priority of the thread, 0 for none, else 1 to 99; the kernel sets it as it likes
 * @poll_ns: for nimbos_client_call(): how long to poll before sleeping; the kernel sets it
 * @timeout_ns: for nimbos_client_call(): how long to wait in all; the kernel sets it
 * @data: the kernel's own
 * @shared: the lane in shared memory
 * @rsps: the ring of responses
 * @calls: calls in flight or not yet reaped
 * @nr_calls: entries in @calls
 * @free: list of free entries in @calls
 * @done_first: list of calls that have ended and wait to be reaped, oldest first
 * @done_last: end of that list
 * @submitted: requests ever submitted; the low half is the number of the next
 * @received: responses ever received; the low half is the number of the next
 * @serial: makes cookies unique
 * @pending: calls in flight that somebody still waits for
 * @need: the last value stored in @client_need
 * @answered: the last value of @server_need that was answered by a notification
 * @sleeping: @need while the thread sleeps or is about to, else 0; read by the doorbell
 * @error: 0, or the error that the lane has failed with
 * @unflushed: requests were submitted after the last flush
 *
 * From @shared on private to the library. nimbos_client_lane_open() sets @poll_ns to 0 and
 * @timeout_ns to NIMBOS_FOREVER.
 */
struct nimbos_client_lane {
	struct nimbos_client_slot *slot;
	__u32 no;
	__u8 prio;
	__u64 poll_ns;
	__u64 timeout_ns;
	void *data;

	struct nimbos_scf_lane *shared;
	struct nimbos_scf_rsp *rsps;
	struct nimbos_client_call *calls;
	__u16 nr_calls;
	__u16 free;
	__u16 done_first;
	__u16 done_last;
	__u64 submitted;
	__u64 received;
	__u64 serial;
	__u32 pending;
	__u32 need;
	__u32 answered;
	__u32 sleeping;
	int error;
	bool unflushed;
};

/**
 * nimbos_client_lane_open() - begin to use a lane
 * @slot: the slot
 * @lane: memory for the object; need not be zero, and must last as long as @slot
 * @no: number of the lane, below @slot->lanes
 * @calls: memory for calls
 * @nr_calls: entries in @calls: how many calls may be in flight or wait to be reaped; 1 is enough
 *	for a thread that only uses nimbos_client_call6(). More than the slot's depth are not used
 *
 * A lane is opened once in a slot's life. When its thread has ended by NIMBOS_SCF_NR_EXIT, the next
 * thread that is cloned on the lane goes on with the same object, since the rings go on too.
 *
 * Return: 0, or -NIMBOS_EINVAL (no such lane, @nr_calls is 0), -NIMBOS_EBUSY (open already).
 */
int nimbos_client_lane_open(struct nimbos_client_slot *slot, struct nimbos_client_lane *lane,
			    __u32 no, struct nimbos_client_call *calls, __u32 nr_calls);

/**
 * nimbos_client_submit() - put a call into the ring
 * @lane: the lane
 * @nr: number of the call: Linux's, or one of enum nimbos_scf_nr
 * @args: its arguments; pointers lie in the window
 * @tag: the caller's, comes back with the result
 *
 * A server that polls sees the call at once; one that sleeps is notified by nimbos_client_flush().
 *
 * Return: 0, or -NIMBOS_EAGAIN (as many calls as can be are in flight: reap first),
 * -NIMBOS_ECONNRESET, -NIMBOS_EPROTO.
 */
int nimbos_client_submit(struct nimbos_client_lane *lane, __u16 nr, const __u64 args[6],
			 __u64 tag);

/**
 * nimbos_client_flush() - make sure that the server knows of all submitted calls
 * @lane: the lane
 *
 * One barrier and at most one notification for any number of calls.
 */
void nimbos_client_flush(struct nimbos_client_lane *lane);

/**
 * nimbos_client_reap() - take the results of calls that have ended
 * @lane: the lane
 * @results: where they go, in the order in which the calls ended
 * @n: how many there is room for
 *
 * Return: how many were taken, which may be 0, or -NIMBOS_ECONNRESET or -NIMBOS_EPROTO when there
 * are none left and none will come.
 */
int nimbos_client_reap(struct nimbos_client_lane *lane, struct nimbos_client_result *results,
		       __u32 n);

/**
 * nimbos_client_wait() - wait until a call has ended
 * @lane: the lane
 * @poll_ns: how long to poll, in ns; NIMBOS_FOREVER never to sleep
 * @timeout_ns: how long to wait in all, in ns; NIMBOS_FOREVER for no limit
 *
 * Flushes, polls, then sleeps until the server notifies.
 *
 * Return: 0 if there is something to reap, or -NIMBOS_ETIMEDOUT, -NIMBOS_EAGAIN (no call is in
 * flight), -NIMBOS_ECONNRESET, -NIMBOS_EPROTO. Sleeps.
 */
int nimbos_client_wait(struct nimbos_client_lane *lane, __u64 poll_ns, __u64 timeout_ns);

/**
 * nimbos_client_call() - make a call and wait until it has ended
 * @lane: the lane
 * @nr: number of the call
 * @args: its arguments
 * @result: how it ended; untouched on error
 *
 * Waits as @lane->poll_ns and @lane->timeout_ns say, for credit too if calls that have timed out
 * have all of it. Results of other calls on the lane that come in the meantime are kept for
 * nimbos_client_reap().
 *
 * Return: 0, or as nimbos_client_submit() and nimbos_client_wait(). Sleeps.
 */
int nimbos_client_call(struct nimbos_client_lane *lane, __u16 nr, const __u64 args[6],
		       struct nimbos_client_result *result);

/**
 * nimbos_client_call6() - make a call as a system-call instruction would
 * @lane: the lane
 * @nr: number of the call
 * @a0: first argument
 * @a1: second argument
 * @a2: third argument
 * @a3: fourth argument
 * @a4: fifth argument
 * @a5: sixth argument
 *
 * Return: what the call returned, or an error of nimbos_client_call(), whose values are Linux's.
 * Sleeps.
 */
__s64 nimbos_client_call6(struct nimbos_client_lane *lane, __u16 nr, __u64 a0, __u64 a1, __u64 a2,
			  __u64 a3, __u64 a4, __u64 a5);

/**
 * nimbos_client_fork() - fork the shadow and attach the child's slot
 * @lane: lane of the parent's thread that forks
 * @child: memory for the child's slot
 *
 * Waits without limit, whatever @lane->timeout_ns says: a response that came late would leave a
 * child that nobody attaches to. The caller then copies @lane->slot->window to @child->window and
 * opens lane 0 of @child for the child's thread.
 *
 * Return: the child's process ID in Linux, or a negative errno of Linux or of the library. Sleeps.
 */
__s64 nimbos_client_fork(struct nimbos_client_lane *lane, struct nimbos_client_slot *child);

#ifdef __cplusplus
}
#endif

#endif /* NIMBOS_CLIENT_H */
