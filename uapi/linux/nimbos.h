/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * nimbos: ioctls of /dev/nimbos.
 */
#ifndef _UAPI_LINUX_NIMBOS_H
#define _UAPI_LINUX_NIMBOS_H

#include <linux/ioctl.h>
#include <linux/types.h>

#include <linux/nimbos_scf.h>

/**
 * DOC: General ioctl format
 *
 * Every ioctl takes a pointer to a structure whose first field, @size, is the size of the structure
 * as the caller knows it. A structure only ever grows at its end, and a field that is added means
 * with 0 what the ioctl did before. So an older program runs on a newer module, which takes the
 * missing tail for zero, and a newer program on an older module as long as it leaves what that does
 * not know at zero. Padding and flags that have no meaning must be 0.
 *
 * Errors that mean the same for every ioctl:
 *
 *  - ENOTTY: the module does not know this ioctl.
 *  - EINVAL: @size is smaller than the first published structure, or a field has a value that can
 *    never be right.
 *  - E2BIG: @size is larger than the module's structure, and what it does not know is not zero; or
 *    @size is larger than a page.
 *  - EOPNOTSUPP: a flag or field is known or reserved for a meaning that this module, kernel or
 *    processor does not offer.
 *  - EFAULT: a pointer leads outside the caller's memory.
 *  - EPERM: a peer is loaded, started, stopped or unloaded without CAP_SYS_BOOT.
 *  - ENXIO: @peer is not below NIMBOS_MAX_PEERS.
 *  - ESHUTDOWN: the slot has died, because its peer was stopped or has failed.
 *
 * An ioctl that returns an error has changed nothing, unless its own text says otherwise.
 */

#define NIMBOS_DEVICE "/dev/nimbos"
#define NIMBOS_MAX_PEERS 8

enum {
	NIMBOS_CMD_QUERY = 0,
	NIMBOS_CMD_PEER_LOAD,
	NIMBOS_CMD_PEER_START,
	NIMBOS_CMD_PEER_STOP,
	NIMBOS_CMD_PEER_UNLOAD,
	NIMBOS_CMD_SLOT_ALLOC,
	NIMBOS_CMD_SLOT_WAIT,
	NIMBOS_CMD_SLOT_NOTIFY,
	NIMBOS_CMD_SLOT_EVENTFD,
	NIMBOS_CMD_SLOT_TRACE,

	NIMBOS_CMD_UINTR_REGISTER_HANDLER = 16,
	NIMBOS_CMD_UINTR_UNREGISTER_HANDLER,
	NIMBOS_CMD_UINTR_VECTOR_FD,
	NIMBOS_CMD_UINTR_REGISTER_SENDER,
	NIMBOS_CMD_UINTR_UNREGISTER_SENDER,
	NIMBOS_CMD_UINTR_WAIT,

	NIMBOS_CMD_LEGACY_ATTACH = 32,
	NIMBOS_CMD_LEGACY_TAKE,
	NIMBOS_CMD_LEGACY_ANSWER,
};

#define NIMBOS_TYPE 0xbb

/**
 * enum nimbos_peer_state - where a peer is in its life
 * @NIMBOS_PEER_OFFLINE: it has neither memory nor a CPU
 * @NIMBOS_PEER_LOADED: it has its region, with the image in it
 * @NIMBOS_PEER_RUNNING: it runs on its CPU, and has said that it is up
 * @NIMBOS_PEER_STOPPED: it has been stopped and the CPU given back; the region is as it left it
 * @NIMBOS_PEER_FAILED: it has given up or did not answer, and has been halted; its region is as it
 *	left it, its CPU is given back by NIMBOS_IOC_PEER_STOP
 */
enum nimbos_peer_state {
	NIMBOS_PEER_OFFLINE = 0,
	NIMBOS_PEER_LOADED = 1,
	NIMBOS_PEER_RUNNING = 2,
	NIMBOS_PEER_STOPPED = 3,
	NIMBOS_PEER_FAILED = 4,
};

/**
 * enum nimbos_uintr_state - whether threads can have user interrupts here
 * @NIMBOS_UINTR_OK: they can
 * @NIMBOS_UINTR_NO_CPU: the processor has none (CPUID.(7,0):EDX[5])
 * @NIMBOS_UINTR_PTI: page-table isolation is on: while user code runs, the processor could not
 *	reach the kernel's descriptors
 * @NIMBOS_UINTR_NO_NOTIFIERS: the kernel was built without preempt notifiers (CONFIG_KVM)
 * @NIMBOS_UINTR_OWNED: something else uses the registers already
 * @NIMBOS_UINTR_OFF: the module's parameter uintr says no
 */
enum nimbos_uintr_state {
	NIMBOS_UINTR_OK = 0,
	NIMBOS_UINTR_NO_CPU = 1,
	NIMBOS_UINTR_PTI = 2,
	NIMBOS_UINTR_NO_NOTIFIERS = 3,
	NIMBOS_UINTR_OWNED = 4,
	NIMBOS_UINTR_OFF = 5,
};

/**
 * enum nimbos_legacy - peers from before SCF version 3: linux/nimbos_legacy.h
 * @NIMBOS_LEGACY_NONE: the peer finds its board and speaks SCF version 3
 * @NIMBOS_LEGACY_V1: version 1: one queue
 * @NIMBOS_LEGACY_V2_EARLY: version 2: a queue for each slot; old shadows are told the slot's number
 * @NIMBOS_LEGACY_V2: the same; old shadows are told the slot's number, vector and destination
 */
enum nimbos_legacy {
	NIMBOS_LEGACY_NONE = 0,
	NIMBOS_LEGACY_V1 = 1,
	NIMBOS_LEGACY_V2_EARLY = 2,
	NIMBOS_LEGACY_V2 = 3,
};

/**
 * enum nimbos_backend - who starts and stops a peer
 * @NIMBOS_BACKEND_AUTO: RVM1.5 where it is loaded, else the module itself
 * @NIMBOS_BACKEND_NATIVE: the module, by messages to the CPU's local APIC
 * @NIMBOS_BACKEND_RVM: the hypervisor RVM1.5, which Linux runs on then; legacy peers only, since it
 *	tells a peer nothing of a board
 */
enum nimbos_backend {
	NIMBOS_BACKEND_AUTO = 0,
	NIMBOS_BACKEND_NATIVE = 1,
	NIMBOS_BACKEND_RVM = 2,
};

#define NIMBOS_MESSAGE_SIZE 128

/**
 * struct nimbos_query - ioctl(NIMBOS_IOC_QUERY)
 * @size: sizeof(struct nimbos_query)
 * @flags: 0
 * @peer: which peer, 0 to NIMBOS_MAX_PEERS - 1
 * @state: out: enum nimbos_peer_state
 * @cpu: out: the CPU that it has, or had last; -1 for none yet
 * @incarnation: out: how often it has been started
 * @region_base: out: physical address of its region; 0 when offline
 * @region_size: out: of the region, in bytes
 * @private_size: out: of the peer's own part of the region, in bytes
 * @features: out: NIMBOS_SCF_F_* that both sides have
 * @heartbeat: out: the peer's heartbeat counter
 * @slots_max: out: slots that this peer can have
 * @slots_used: out: slots that belong to an open file
 * @slots_dying: out: slots whose shadow is gone, and whose death the peer has not acknowledged
 * @irqnums_used: out: Linux interrupts in use for this peer
 * @arena_free: out: bytes of the region that new slots can still be given
 * @doorbells: out: notifications sent to the peer
 * @interrupts: out: notifications received from the peer
 * @scf_version: out: the module's NIMBOS_SCF_VERSION
 * @pad: 0
 * @message: out: why the peer has failed, in words; empty if it has not
 * @uintr: out: enum nimbos_uintr_state
 * @uintr_lanes: out: lanes of this peer that are served by user interrupts now
 * @legacy: out: enum nimbos_legacy, as it was loaded
 * @backend: out: enum nimbos_backend that has started it last; NIMBOS_BACKEND_AUTO for none yet
 * @huge_page_size: out: of the huge pages of Linux's that its region consists of, in bytes; 0 if
 *	the region is reserved memory
 *
 * From then on poll() on the file that it is called with reports POLLPRI once the peer's state has
 * been set anew, or its last slot has gone, until it is called for this peer again. So nobody has
 * to ask time and again. Each peer counts that the file was ever used to ask for: who asks for
 * others now and then takes another file for that.
 *
 * Returns 0, or an error of the general format. May be called by anyone who can open the device.
 */
struct nimbos_query {
	__u32 size;
	__u32 flags;
	__u32 peer;
	__u32 state;
	__s32 cpu;
	__u32 incarnation;
	__u64 region_base;
	__u64 region_size;
	__u64 private_size;
	__u64 features;
	__u64 heartbeat;
	__u32 slots_max;
	__u32 slots_used;
	__u32 slots_dying;
	__u32 irqnums_used;
	__u64 arena_free;
	__u64 doorbells;
	__u64 interrupts;
	__u32 scf_version;
	__u32 pad;
	char message[NIMBOS_MESSAGE_SIZE];
	__u32 uintr;
	__u32 uintr_lanes;
	__u32 legacy;
	__u32 backend;
	__u64 huge_page_size;
};
#define NIMBOS_IOC_QUERY _IO(NIMBOS_TYPE, NIMBOS_CMD_QUERY)

/* Regions begin and end at multiples of this, and end below 4 GiB: peers start in 32-bit mode. */
#define NIMBOS_REGION_ALIGN 0x200000ULL
#define NIMBOS_REGION_MIN 0x400000ULL

/**
 * struct nimbos_peer_load - ioctl(NIMBOS_IOC_PEER_LOAD)
 * @size: sizeof(struct nimbos_peer_load)
 * @flags: 0
 * @peer: which peer
 * @serial_port: I/O address of a 16550 that the peer may use as its console; 0 for none
 * @region_base: physical address of memory that the kernel's command line has reserved, or of the
 *	region that the peer has; must be 0 with @region_user
 * @region_size: of that memory, in bytes
 * @private_size: how much of it, from the start, is the peer's own, in bytes; a multiple of the
 *	page size; 0 for a quarter of it
 * @image: user pointer to the flat image that goes to the start of the region
 * @image_size: of the image, in bytes, at most @private_size
 * @cmdline: user pointer to the command line for the peer, ends with a NUL; 0 for none
 * @legacy: enum nimbos_legacy; other than with NIMBOS_LEGACY_NONE, all of the region is the peer's
 *	own, and @serial_port, @private_size and @cmdline must be 0
 * @legacy_slots: how many slots the image has, 1 to NIMBOS_LEGACY_MAX_SLOTS; 0 for what such images
 *	had, 1 with NIMBOS_LEGACY_V1 (which cannot have more), 4 with the others; must be 0 with
 *	NIMBOS_LEGACY_NONE. Where an image has fewer, the others' queues would be its own memory
 * @region_user: user pointer to the memory instead, for which nothing has to be reserved: whole
 *	huge pages, all of one size and physically contiguous, of a private anonymous mapping
 *	(mmap() with MAP_PRIVATE, MAP_ANONYMOUS and MAP_HUGETLB); 0 for memory at @region_base. Not
 *	for legacy peers, whose images run at one address only
 *
 * Takes the region, zeroes it and copies the image to its start. A peer that is loaded or stopped
 * may be loaded again.
 *
 * Huge pages stay the peer's until it is unloaded, or loaded with other memory; whether the process
 * that they come from keeps them mapped, or ends, does not matter. While it has them mapped it
 * shares them with the peer. NIMBOS_IOC_QUERY tells their physical address. A mapping without a
 * reservation (MAP_NORESERVE) is better: from a reserved one Linux 6.12 takes too much off
 * resv_hugepages until the pages are free.
 *
 * Returns 0, or an error of the general format, or
 *
 *  - EINVAL: the region is not aligned to NIMBOS_REGION_ALIGN or smaller than NIMBOS_REGION_MIN, or
 *    @private_size does not fit in it; or it is smaller than NIMBOS_LEGACY_REGION_SIZE for a legacy
 *    peer; or there are both @region_base and @region_user, or @region_user with a legacy peer.
 *  - ERANGE: the region does not end below 4 GiB.
 *  - EADDRNOTAVAIL: the region, or a part of it, is not reserved memory.
 *  - EADDRINUSE: the region overlaps a device, another peer's region, or this peer's own without
 *    being the same: unload that first. Or @region_user leads to what a peer has already.
 *  - EMEDIUMTYPE: the memory at @region_user, or a part of it, is not whole huge pages of one size
 *    of a private anonymous mapping.
 *  - EILSEQ: the huge pages at @region_user are not physically contiguous, in this order.
 *  - ENODATA: @image_size is 0.
 *  - EFBIG: the image is larger than @private_size.
 *  - ENAMETOOLONG: the command line has more than NIMBOS_SCF_CMDLINE_SIZE - 1 bytes.
 *  - EBUSY: the peer runs, or has failed and was not stopped, or a slot of it is still open.
 *  - ENOTRECOVERABLE: the peer has huge pages, and the CPU that it had is not back in Linux, so
 *    that it may still write to them; bring that CPU online first.
 *  - ENOMEM: Linux has not enough memory of its own.
 *
 *  - EINTR: a fatal signal came while memory was being taken or the image copied.
 *
 * EFAULT, EINTR and ENOMEM may leave the peer offline: what was loaded before is gone then, and
 * huge pages that it had are Linux's again. Sleeps.
 */
struct nimbos_peer_load {
	__u32 size;
	__u32 flags;
	__u32 peer;
	__u32 serial_port;
	__u64 region_base;
	__u64 region_size;
	__u64 private_size;
	__u64 image;
	__u64 image_size;
	__u64 cmdline;
	__u32 legacy;
	__u32 legacy_slots;
	__u64 region_user;
};
#define NIMBOS_IOC_PEER_LOAD _IO(NIMBOS_TYPE, NIMBOS_CMD_PEER_LOAD)

/**
 * struct nimbos_peer_start - ioctl(NIMBOS_IOC_PEER_START)
 * @size: sizeof(struct nimbos_peer_start)
 * @flags: 0
 * @peer: which peer
 * @cpu: the Linux CPU that it gets; taken offline if it is online
 * @timeout_ms: how long to wait for the peer to say that it is up, 1 to 60000; 0 for 2000
 * @heartbeat_ms: how long the peer's heartbeat may stand still before the peer counts as failed,
 *	100 to 600000; 0 for 5000; noticed after one and a half times that at the latest
 * @backend: enum nimbos_backend
 * @pad: 0
 *
 * Takes the CPU from Linux, starts the peer there and waits until it is up. A legacy peer does not
 * say that it is: it runs once it has set up its first queue, or when the time is over. It has no
 * heartbeat either.
 *
 * Returns 0, or an error of the general format, or
 *
 *  - EALREADY: the peer runs, or has failed and was not stopped.
 *  - ENODATA: no image is loaded; one that has run must be loaded again.
 *  - ENODEV: there is no such CPU.
 *  - EDEADLK: it is the last CPU that Linux has.
 *  - EOPNOTSUPP: it is the boot CPU, which Linux cannot give up; or the processor has no local
 *    APIC.
 *  - EBUSY: another peer has the CPU, or Linux refuses to take it offline; or the machine is going
 *    down or to sleep, where a start that was under way ends as by ETIMEDOUT.
 *  - ENOSPC: no interrupt vector is left. ENOMEM: Linux has not enough memory of its own.
 *  - ETIMEDOUT: the peer did not say in time that it is up. It has been stopped, and the CPU given
 *    back; NIMBOS_IOC_QUERY has the reason in @message.
 *  - EIO: the peer said that it has failed; as ETIMEDOUT.
 *  - EINTR: a signal came while waiting; as ETIMEDOUT.
 *  - EPROTONOSUPPORT: RVM1.5 is asked for and not there, or cannot start this peer; @message of
 *    NIMBOS_IOC_QUERY says which.
 *  - EREMOTEIO: RVM1.5 has refused to start the peer; @message of NIMBOS_IOC_QUERY has its error.
 *
 * Sleeps.
 */
struct nimbos_peer_start {
	__u32 size;
	__u32 flags;
	__u32 peer;
	__u32 cpu;
	__u32 timeout_ms;
	__u32 heartbeat_ms;
	__u32 backend;
	__u32 pad;
};
#define NIMBOS_IOC_PEER_START _IO(NIMBOS_TYPE, NIMBOS_CMD_PEER_START)

/**
 * struct nimbos_peer_stop - ioctl(NIMBOS_IOC_PEER_STOP)
 * @size: sizeof(struct nimbos_peer_stop)
 * @flags: 0
 * @peer: which peer
 * @pad: 0
 *
 * Stops the peer, whatever it was doing, and gives its CPU back to Linux. Its slots die: their
 * mappings are taken away, and whoever waits gets ESHUTDOWN. A CPU that was offline before goes
 * online for a moment if the peer's memory is huge pages: so it is certain that the peer is gone.
 *
 * Returns 0, or an error of the general format, or
 *
 *  - ENOTCONN: the peer neither runs nor has failed.
 *  - another error of Linux, if it could not bring the CPU online; the peer is stopped all the
 *    same, and the CPU is offline as any other that an administrator has taken offline. Huge pages
 *    stay the peer's until the CPU is online.
 *
 * Sleeps.
 */
struct nimbos_peer_stop {
	__u32 size;
	__u32 flags;
	__u32 peer;
	__u32 pad;
};
#define NIMBOS_IOC_PEER_STOP _IO(NIMBOS_TYPE, NIMBOS_CMD_PEER_STOP)

/**
 * struct nimbos_peer_unload - ioctl(NIMBOS_IOC_PEER_UNLOAD)
 * @size: sizeof(struct nimbos_peer_unload)
 * @flags: 0
 * @peer: which peer
 * @pad: 0
 *
 * Zeroes the region of a peer that is loaded or stopped and lets it go.
 *
 * Returns 0, or an error of the general format, or
 *
 *  - ENODATA: nothing is loaded.
 *  - EBUSY: the peer runs, or has failed and was not stopped, or a slot of it is still open.
 *  - ENOTRECOVERABLE: the peer has huge pages, and the CPU that it had is not back in Linux, so
 *    that it may still write to them; bring that CPU online first.
 *
 * Sleeps.
 */
struct nimbos_peer_unload {
	__u32 size;
	__u32 flags;
	__u32 peer;
	__u32 pad;
};
#define NIMBOS_IOC_PEER_UNLOAD _IO(NIMBOS_TYPE, NIMBOS_CMD_PEER_UNLOAD)

/**
 * struct nimbos_slot_alloc - ioctl(NIMBOS_IOC_SLOT_ALLOC)
 * @size: sizeof(struct nimbos_slot_alloc)
 * @flags: 0
 * @peer: of which peer
 * @lanes: number of lanes, 1 to NIMBOS_SCF_MAX_LANES
 * @depth: entries in each ring, a power of two, NIMBOS_SCF_MIN_DEPTH to NIMBOS_SCF_MAX_DEPTH
 * @slot: out: the slot's number
 * @epoch: out: the slot's epoch
 * @pad: 0
 * @window_size: of the window, in bytes, a multiple of the page size, not 0
 * @window_va: where the window is to be mapped, page-aligned; 0 for NIMBOS_SCF_WINDOW_VA; out:
 *	where the peer was told that it is
 * @window_offset: out: mmap() offset of the window
 * @control_offset: out: mmap() offset of the control area
 * @control_size: out: of the control area, in bytes
 *
 * Gives this open file a slot; a file has at most one. The slot dies when the last descriptor of
 * the file and the last mapping of it are closed, or with the peer. Everything in it is zero at
 * first. The peer is told at once, and finds the server not ready until the shadow says so in
 * the control area.
 *
 * Each area is mapped as a whole, once or more, MAP_SHARED, never PROT_EXEC; mappings are not
 * inherited by fork(). mmap() fails with EINVAL for any other offset or length or for a private
 * mapping, with EACCES for PROT_EXEC, with ENODATA if the file has no slot, and with ESHUTDOWN if
 * the slot has died. Touching the memory of a slot that has died raises SIGBUS.
 *
 * Returns 0, or an error of the general format, or
 *
 *  - EBUSY: the file has a slot already.
 *  - ENOTCONN: the peer does not run.
 *  - EPROTONOSUPPORT: it is a legacy peer, for which there is NIMBOS_IOC_LEGACY_ATTACH.
 *  - ENOSPC: all slots are taken, or the region's arena has not enough contiguous memory left, or
 *    no interrupt vector is left.
 *  - ENOMEM: Linux has not enough memory of its own.
 *
 * Sleeps.
 */
struct nimbos_slot_alloc {
	__u32 size;
	__u32 flags;
	__u32 peer;
	__u32 lanes;
	__u32 depth;
	__u32 slot;
	__u32 epoch;
	__u32 pad;
	__u64 window_size;
	__u64 window_va;
	__u64 window_offset;
	__u64 control_offset;
	__u64 control_size;
};
#define NIMBOS_IOC_SLOT_ALLOC _IO(NIMBOS_TYPE, NIMBOS_CMD_SLOT_ALLOC)

/* First notify the peer as NIMBOS_IOC_SLOT_NOTIFY does, then wait. */
#define NIMBOS_WAIT_NOTIFY (1U << 0)

/**
 * struct nimbos_slot_wait - ioctl(NIMBOS_IOC_SLOT_WAIT)
 * @size: sizeof(struct nimbos_slot_wait)
 * @flags: NIMBOS_WAIT_*
 * @lane: on which lane, below the slot's number of lanes
 * @pad: 0
 * @timeout_ns: how long to wait, in ns; 0 not to wait at all, negative for ever
 *
 * Waits until the peer has notified this lane since the last wait on it returned 0. So a
 * notification that comes between the caller's look at its ring and the wait is not lost.
 *
 * Returns 0, or an error of the general format, or
 *
 *  - ENODATA: the file has no slot.
 *  - ETIMEDOUT: nothing came in time.
 *  - EINTR: a signal came. With NIMBOS_WAIT_NOTIFY the peer has been notified.
 *
 * Sleeps.
 */
struct nimbos_slot_wait {
	__u32 size;
	__u32 flags;
	__u32 lane;
	__u32 pad;
	__s64 timeout_ns;
};
#define NIMBOS_IOC_SLOT_WAIT _IO(NIMBOS_TYPE, NIMBOS_CMD_SLOT_WAIT)

/**
 * struct nimbos_slot_notify - ioctl(NIMBOS_IOC_SLOT_NOTIFY)
 * @size: sizeof(struct nimbos_slot_notify)
 * @flags: 0
 *
 * Rings the peer's doorbell for this slot.
 *
 * Returns 0, or an error of the general format, or
 *
 *  - ENODATA: the file has no slot.
 *
 * Does not sleep for long.
 */
struct nimbos_slot_notify {
	__u32 size;
	__u32 flags;
};
#define NIMBOS_IOC_SLOT_NOTIFY _IO(NIMBOS_TYPE, NIMBOS_CMD_SLOT_NOTIFY)

/**
 * struct nimbos_slot_eventfd - ioctl(NIMBOS_IOC_SLOT_EVENTFD)
 * @size: sizeof(struct nimbos_slot_eventfd)
 * @flags: 0
 * @lane: of which lane, below the slot's number of lanes
 * @fd: an eventfd that is signalled whenever the peer notifies the lane, and when the slot dies; -1
 *	to unbind the one that is bound
 *
 * poll() on the device itself reports POLLIN while any lane has a notification that no wait
 * has consumed, and POLLHUP once the slot has died.
 *
 * Returns 0, or an error of the general format, or
 *
 *  - ENODATA: the file has no slot.
 *  - EBADF: @fd is not an open descriptor; EINVAL: it is not an eventfd.
 *
 * Sleeps.
 */
struct nimbos_slot_eventfd {
	__u32 size;
	__u32 flags;
	__u32 lane;
	__s32 fd;
};
#define NIMBOS_IOC_SLOT_EVENTFD _IO(NIMBOS_TYPE, NIMBOS_CMD_SLOT_EVENTFD)

/**
 * enum nimbos_waited - how a worker waited for the request that it took
 * @NIMBOS_WAITED_POLL: not at all, or it was awake and looked for requests
 * @NIMBOS_WAITED_UINTR: awake, until a user interrupt told it
 * @NIMBOS_WAITED_SLEEP: in Linux, until an interrupt of either kind woke it
 */
enum nimbos_waited {
	NIMBOS_WAITED_POLL = 0,
	NIMBOS_WAITED_UINTR = 1,
	NIMBOS_WAITED_SLEEP = 2,
};

/**
 * struct nimbos_call_record - a forwarded call that has been answered
 * @args: as they were in the request
 * @result: as it is in the response
 * @nr: number of the call
 * @waited: enum nimbos_waited
 * @stamps: when its client was where; all 0 if it has not said so
 * @taken: when the shadow had the request, in cycles of the time-stamp counter, as all the times
 * @executed: when the call had been executed
 * @replied: when the response was in the ring
 */
struct nimbos_call_record {
	__u64 args[6];
	__s64 result;
	__u32 nr;
	__u32 waited;
	struct nimbos_scf_stamps stamps;
	__u64 taken;
	__u64 executed;
	__u64 replied;
};

/* The most that can be shown at once. */
#define NIMBOS_TRACE_RECORDS 32

/**
 * struct nimbos_slot_trace - ioctl(NIMBOS_IOC_SLOT_TRACE)
 * @size: sizeof(struct nimbos_slot_trace)
 * @flags: 0
 * @lane: of which lane, below the slot's number of lanes
 * @count: how many calls, at most NIMBOS_TRACE_RECORDS
 * @records: user pointer to an array of struct nimbos_call_record
 *
 * Shows calls of a lane to whoever has enabled the trace point nimbos:nimbos_call; while there is
 * nobody, does nothing. The calls' times are shown as the time that each stage took, in ns.
 *
 * Returns 0, or an error of the general format, or
 *
 *  - ENODATA: the file has no slot.
 *
 * After EFAULT, or EINVAL for a @waited that there is not, the calls before it have been shown.
 */
struct nimbos_slot_trace {
	__u32 size;
	__u32 flags;
	__u32 lane;
	__u32 count;
	__u64 records;
};
#define NIMBOS_IOC_SLOT_TRACE _IO(NIMBOS_TYPE, NIMBOS_CMD_SLOT_TRACE)

/**
 * DOC: User interrupts
 *
 * A thread that has registered a handler receives Intel's user interrupts (SENDUIPI) from whoever
 * was given a way to send them; a thread that has registered as a sender can execute SENDUIPI.
 * Both kinds of descriptors, UPIDs and UITTs, stay in the kernel. What a thread has registered
 * belongs to it and to the open file that it used; a thread uses one open file at a time. It ends
 * when the thread unregisters, exits or executes another program; fork() does not inherit it, nor
 * do new threads. Until then it keeps the file open, as a mapping does, and the thread may be
 * preempted, moved and interrupted by signals as any other.
 *
 * A receiver may go at any time, and a sender cannot know: SENDUIPI with an index that the thread
 * was given does nothing once its receiver, or its peer, has gone. With an index that was not given
 * or was taken back, it raises SIGSEGV; in a thread that is no sender, SIGILL, as do all
 * instructions for user interrupts in a thread that has registered nothing. A peer that spoils its
 * own descriptor, by bits that have no meaning, has its shadows' SENDUIPI raise SIGSEGV.
 *
 * Errors that mean the same for all ioctls of this group:
 *
 *  - EOPNOTSUPP: there are no user interrupts; NIMBOS_IOC_QUERY says why in @uintr.
 *  - EBUSY: the thread has registered with another open file.
 *  - ENOSPC: no descriptor of the kind that is needed, or no interrupt vector, is left; or the
 *    receiver has as many senders as it can have.
 *  - ENOMEM: Linux has not enough memory of its own.
 *  - ESHUTDOWN: what the thread has registered is of no further use: its slot has died. It can only
 *    be unregistered.
 */

#define NIMBOS_UINTR_VECTORS 64
/* Senders that an open file can have. */
#define NIMBOS_UINTR_SENDERS 256

/* The handler is for a lane of the file's slot, whose peer may post to it. */
#define NIMBOS_UINTR_LANE (1U << 0)

/**
 * struct nimbos_uintr_register_handler - ioctl(NIMBOS_IOC_UINTR_REGISTER_HANDLER)
 * @size: sizeof(struct nimbos_uintr_register_handler)
 * @flags: NIMBOS_UINTR_LANE or 0
 * @handler: user address of the handler, which ends with UIRET
 * @stack: user address at which the handler's stack begins (it grows down); 0 for the stack that is
 *	interrupted, below its red zone of 128 bytes
 * @lane: with NIMBOS_UINTR_LANE: which lane, below the slot's number of lanes; else 0
 * @pad: 0
 * @upid: out: with NIMBOS_UINTR_LANE and for a caller with CAP_SYS_RAWIO, the physical address of
 *	the UPID; else 0
 *
 * The calling thread receives user interrupts from now on, once it has set its user-interrupt flag
 * (STUI); it is clear at first. With NIMBOS_UINTR_LANE the peer is told to post to the thread
 * instead of notifying the lane: a request that was announced before has to be looked for once, as
 * before a sleep. Nobody but the peer can post to such a thread.
 *
 * Returns 0, or an error of the general format or of this group, or
 *
 *  - EBUSY: the thread has a handler, or another thread has one for this lane.
 *  - EINVAL: @handler or @stack is not a user address.
 *  - ENODATA: the file has no slot.
 *  - EOPNOTSUPP: with NIMBOS_UINTR_LANE also if the peer does not post (NIMBOS_SCF_F_LANE_UPID).
 *  - EACCES, EADDRNOTAVAIL: a legacy peer's shadow cannot have it, see linux/nimbos_legacy.h.
 *
 * Sleeps.
 */
struct nimbos_uintr_register_handler {
	__u32 size;
	__u32 flags;
	__u64 handler;
	__u64 stack;
	__u32 lane;
	__u32 pad;
	__u64 upid;
};
#define NIMBOS_IOC_UINTR_REGISTER_HANDLER _IO(NIMBOS_TYPE, NIMBOS_CMD_UINTR_REGISTER_HANDLER)

/**
 * struct nimbos_uintr_unregister_handler - ioctl(NIMBOS_IOC_UINTR_UNREGISTER_HANDLER)
 * @size: sizeof(struct nimbos_uintr_unregister_handler)
 * @flags: 0
 *
 * The calling thread receives no more user interrupts; what is pending is dropped. Ways to send to
 * it lead nowhere from now on.
 *
 * Returns 0, or an error of the general format, or
 *
 *  - ENODATA: the thread has no handler.
 *
 * Sleeps.
 */
struct nimbos_uintr_unregister_handler {
	__u32 size;
	__u32 flags;
};
#define NIMBOS_IOC_UINTR_UNREGISTER_HANDLER _IO(NIMBOS_TYPE, NIMBOS_CMD_UINTR_UNREGISTER_HANDLER)

/**
 * struct nimbos_uintr_vector_fd - ioctl(NIMBOS_IOC_UINTR_VECTOR_FD)
 * @size: sizeof(struct nimbos_uintr_vector_fd)
 * @flags: 0
 * @vector: user vector, below NIMBOS_UINTR_VECTORS
 * @fd: out: a descriptor, close-on-exec
 *
 * Makes a descriptor that stands for one vector of the calling thread: whoever has it may register
 * as a sender. It is passed on as any descriptor is; it keeps the thread's registration from
 * nothing.
 *
 * Returns 0, or an error of the general format or of this group, or
 *
 *  - ENODATA: the thread has no handler.
 *  - EINVAL: @vector is out of range.
 *  - EOPNOTSUPP: also if the handler is for a lane.
 *  - EMFILE, ENFILE: no descriptor is left.
 *
 * Sleeps.
 */
struct nimbos_uintr_vector_fd {
	__u32 size;
	__u32 flags;
	__u32 vector;
	__s32 fd;
};
#define NIMBOS_IOC_UINTR_VECTOR_FD _IO(NIMBOS_TYPE, NIMBOS_CMD_UINTR_VECTOR_FD)

/* Send to the peer of the file's slot. */
#define NIMBOS_UINTR_DOORBELL (1U << 0)

/**
 * struct nimbos_uintr_register_sender - ioctl(NIMBOS_IOC_UINTR_REGISTER_SENDER)
 * @size: sizeof(struct nimbos_uintr_register_sender)
 * @flags: NIMBOS_UINTR_DOORBELL or 0
 * @fd: from NIMBOS_IOC_UINTR_VECTOR_FD; with NIMBOS_UINTR_DOORBELL -1
 * @index: out: operand for SENDUIPI, below NIMBOS_UINTR_SENDERS
 *
 * Gives the open file a way to send to the thread that made @fd, or to the peer. It is good for all
 * threads that have called this ioctl with this file at least once, of whatever process: whoever is
 * given the file can send as it can. An index is the file's, but the processor is told of the
 * file's indexes for these threads alone. Whether or not another index leads to the same receiver,
 * this is a new one.
 *
 * Returns 0, or an error of the general format or of this group, or
 *
 *  - EBADF: @fd is not an open descriptor; EINVAL: it is none of NIMBOS_IOC_UINTR_VECTOR_FD.
 *  - ESHUTDOWN: also if the receiver has unregistered.
 *  - ENODATA: with NIMBOS_UINTR_DOORBELL: the file has no slot.
 *  - EOPNOTSUPP: with NIMBOS_UINTR_DOORBELL also if the peer does not take user interrupts
 *    (NIMBOS_SCF_F_DOORBELL_UPID).
 *
 * Sleeps.
 */
struct nimbos_uintr_register_sender {
	__u32 size;
	__u32 flags;
	__s32 fd;
	__u32 index;
};
#define NIMBOS_IOC_UINTR_REGISTER_SENDER _IO(NIMBOS_TYPE, NIMBOS_CMD_UINTR_REGISTER_SENDER)

/**
 * struct nimbos_uintr_unregister_sender - ioctl(NIMBOS_IOC_UINTR_UNREGISTER_SENDER)
 * @size: sizeof(struct nimbos_uintr_unregister_sender)
 * @flags: 0
 * @index: from NIMBOS_IOC_UINTR_REGISTER_SENDER
 * @pad: 0
 *
 * Takes a way to send back. When this returns, nothing sent with @index is under way any more. With
 * the file's last one, the calling thread is a sender no more.
 *
 * Returns 0, or an error of the general format, or
 *
 *  - EINVAL: @index leads nowhere in this file.
 *
 * Sleeps.
 */
struct nimbos_uintr_unregister_sender {
	__u32 size;
	__u32 flags;
	__u32 index;
	__u32 pad;
};
#define NIMBOS_IOC_UINTR_UNREGISTER_SENDER _IO(NIMBOS_TYPE, NIMBOS_CMD_UINTR_UNREGISTER_SENDER)

/**
 * struct nimbos_uintr_wait - ioctl(NIMBOS_IOC_UINTR_WAIT)
 * @size: sizeof(struct nimbos_uintr_wait)
 * @flags: 0
 * @timeout_ns: how long to wait, in ns; 0 not to wait at all, negative for ever
 *
 * Waits until a user interrupt is pending for the calling thread. To lose none, the thread clears
 * its user-interrupt flag (CLUI), makes sure that there is nothing to do, waits, and sets the flag
 * (STUI), upon which its handler runs.
 *
 * Returns 0, or an error of the general format or of this group, or
 *
 *  - ENODATA: the thread has no handler.
 *  - ETIMEDOUT: nothing came in time.
 *  - EINTR: a signal came.
 *
 * Sleeps.
 */
struct nimbos_uintr_wait {
	__u32 size;
	__u32 flags;
	__s64 timeout_ns;
};
#define NIMBOS_IOC_UINTR_WAIT _IO(NIMBOS_TYPE, NIMBOS_CMD_UINTR_WAIT)

#endif /* _UAPI_LINUX_NIMBOS_H */
