/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * nimbos: what peers from before SCF version 3 share with Linux, and how their shadows used
 * /dev/nimbos. Such a peer is loaded with @legacy set: NIMBOS_IOC_PEER_LOAD.
 *
 * All of the region is the peer's own. It knows neither board nor peer area; its queues lie at
 * fixed places, below, and Linux notifies it by NIMBOS_LEGACY_DOORBELL_VECTOR. It raises the
 * interrupt of a slot by sending the vector to the APIC ID that its shadow tells it; a slot's
 * number keeps both until the peer stops. Nobody listens on lines of the IO-APIC that it has read
 * for itself: what such a peer asks for is found by looking at its queue now and then.
 */
#ifndef _UAPI_LINUX_NIMBOS_LEGACY_H
#define _UAPI_LINUX_NIMBOS_LEGACY_H

#include <linux/nimbos.h>

/* A region is at least as large. What follows lies at these offsets from its base. */
#define NIMBOS_LEGACY_REGION_SIZE 0x8000000ULL

#define NIMBOS_LEGACY_V1_DATA 0x7eff000ULL
#define NIMBOS_LEGACY_V1_DATA_SIZE 0x100000ULL
#define NIMBOS_LEGACY_V1_QUEUE 0x7fff000ULL

/*
 * The queues of version 2. Images that have four slots know the first four pages; an image with
 * more has the others below, so that nothing moves: slot 4 is at 0x7ff0000, slot 15 at 0x7ffb000.
 */
#define NIMBOS_LEGACY_V2_SLOTS 4
#define NIMBOS_LEGACY_MAX_SLOTS 16
#define NIMBOS_LEGACY_V2_QUEUE(slot)                                             \
	((slot) < NIMBOS_LEGACY_V2_SLOTS ? 0x7ffc000ULL + (slot) * 0x1000ULL : \
					   0x7fec000ULL + (slot) * 0x1000ULL)
#define NIMBOS_LEGACY_QUEUE_SIZE 0x1000ULL

/* The first word of each queue, in little-endian order; written by the peer. */
#define NIMBOS_LEGACY_MAGIC 0x4643537fU

/*
 * Descriptors for user interrupts (UPIDs) of version 2 lie in two pages before the region: what
 * the peer posts to, where UintrInit says, in the first; its own at the start of the second.
 */
#define NIMBOS_LEGACY_UPIDS_BELOW 0x2000ULL

#define NIMBOS_LEGACY_DOORBELL_VECTOR 40
/* In place of it with user interrupts: what the peer's own descriptor has as its vector then. */
#define NIMBOS_LEGACY_UINTR_VECTOR 41
/* Interrupts have the names of the lines that they used to be, "nimbosN-irq13" for slot 0. */
#define NIMBOS_LEGACY_IRQ 13

/**
 * struct nimbos_legacy_attach - ioctl(NIMBOS_IOC_LEGACY_ATTACH)
 * @size: sizeof(struct nimbos_legacy_attach)
 * @flags: 0
 * @peer: of which peer
 * @slot: out: the slot's number; the first is 0
 * @vector: out: the vector by which the peer notifies the slot
 * @apicid: out: and the physical APIC ID that it sends that to
 *
 * Gives this open file a slot of a legacy peer, as NIMBOS_IOC_SLOT_ALLOC does with others. It has
 * one lane, number 0, which is notified by every interrupt of the slot. Nothing in the slot's queue
 * is changed. The peer hears nothing of the slot's end: once the file and its mappings are closed,
 * the number may be given out again.
 *
 * mmap() takes MAP_SHARED mappings at the offsets that the old drivers had:
 *
 *  - version 1: 0 for the data buffer, up to NIMBOS_LEGACY_V1_DATA_SIZE bytes; 0x1000 for the queue
 *  - version 2: an offset in the region. The slot's own queue, NIMBOS_LEGACY_V2_QUEUE() and one
 *    page, is for everybody who may open the device; all else, with the peer's kernel in it, wants
 *    CAP_SYS_RAWIO
 *
 * Mappings are not inherited by fork(). mmap() fails with EINVAL for any other offset or length or
 * for a private mapping, with EPERM without the capability, with ENODATA if the file has no slot,
 * and with ESHUTDOWN if the slot has died. Touching the memory of a slot that has died raises
 * SIGBUS.
 *
 * Returns 0, or an error of the general format, or
 *
 *  - EBUSY: the file has a slot already.
 *  - ENOTCONN: the peer does not run.
 *  - EPROTONOSUPPORT: the peer is not a legacy one.
 *  - ENOSPC: all slots are taken, or no interrupt vector is left.
 *  - ENOMEM: Linux has not enough memory of its own.
 *
 * Sleeps.
 */
struct nimbos_legacy_attach {
	__u32 size;
	__u32 flags;
	__u32 peer;
	__u32 slot;
	__u32 vector;
	__u32 apicid;
};
#define NIMBOS_IOC_LEGACY_ATTACH _IO(NIMBOS_TYPE, NIMBOS_CMD_LEGACY_ATTACH)

/**
 * DOC: The lock of a queue
 *
 * An old peer takes the byte lock of a queue with its interrupts off, and spins until it has it.
 * Whoever has the lock on the Linux side must give it back whatever happens to him. So the kernel
 * alone takes it, with its own interrupts off, for the two ioctls below: nothing can preempt or
 * kill it there. While the peer has the lock they wait where they can be killed. A shadow needs no
 * mapping of its queue, and one that has none cannot do the peer harm there.
 *
 * What a shadow has taken and not answered when its slot is closed is answered with -ECONNRESET by
 * the kernel; what nobody has taken stays for the slot's next shadow. So with nobody attached there
 * are as many answers as requests taken, and the next shadow begins where the last one ended.
 */

/**
 * enum nimbos_legacy_v1_opcode - requests of version 1
 * @NIMBOS_LEGACY_V1_NOP: nothing
 * @NIMBOS_LEGACY_V1_READ: as Linux's call, at most 255 bytes; arguments are in the data buffer
 * @NIMBOS_LEGACY_V1_WRITE: as that
 * @NIMBOS_LEGACY_V1_OPEN: the path's length is an argument, too
 * @NIMBOS_LEGACY_V1_CLOSE: as Linux's call
 *
 * Any other is answered with -ENOSYS, also in version 2.
 */
enum nimbos_legacy_v1_opcode {
	NIMBOS_LEGACY_V1_NOP = 0,
	NIMBOS_LEGACY_V1_READ = 1,
	NIMBOS_LEGACY_V1_WRITE = 2,
	NIMBOS_LEGACY_V1_OPEN = 3,
	NIMBOS_LEGACY_V1_CLOSE = 4,
};

/**
 * enum nimbos_legacy_v2_opcode - requests of version 2, whose pointers are the program's
 * @NIMBOS_LEGACY_V2_READ: (fd, buffer, size)
 * @NIMBOS_LEGACY_V2_WRITE: (fd, data, size)
 * @NIMBOS_LEGACY_V2_OPEN: (path, flags, mode)
 * @NIMBOS_LEGACY_V2_CLOSE: (fd)
 * @NIMBOS_LEGACY_V2_STAT: (path): the file's size
 * @NIMBOS_LEGACY_V2_EARLY_SYNC_MAP: as @NIMBOS_LEGACY_V2_SYNC_MAP, in early images
 * @NIMBOS_LEGACY_V2_EARLY_SYNC_UNMAP: as @NIMBOS_LEGACY_V2_SYNC_UNMAP, in early images
 * @NIMBOS_LEGACY_V2_CLONE: (): there will be another thread
 * @NIMBOS_LEGACY_V2_FORK: (): the slot of the child
 * @NIMBOS_LEGACY_V2_EXIT: (): a thread has ended
 * @NIMBOS_LEGACY_V2_UINTR_INIT: (): where the slot is told by a user interrupt
 * @NIMBOS_LEGACY_V2_IPI_INIT: (): vector << 32 | APIC ID by which the slot is told
 * @NIMBOS_LEGACY_V2_SYNC_MAP: (address, size, physical address, protection): mirror pages
 * @NIMBOS_LEGACY_V2_SYNC_UNMAP: (address, size): do not any more
 */
enum nimbos_legacy_v2_opcode {
	NIMBOS_LEGACY_V2_READ = 0,
	NIMBOS_LEGACY_V2_WRITE = 1,
	NIMBOS_LEGACY_V2_OPEN = 2,
	NIMBOS_LEGACY_V2_CLOSE = 3,
	NIMBOS_LEGACY_V2_STAT = 4,
	NIMBOS_LEGACY_V2_EARLY_SYNC_MAP = 5,
	NIMBOS_LEGACY_V2_EARLY_SYNC_UNMAP = 6,
	NIMBOS_LEGACY_V2_CLONE = 56,
	NIMBOS_LEGACY_V2_FORK = 57,
	NIMBOS_LEGACY_V2_EXIT = 60,
	NIMBOS_LEGACY_V2_UINTR_INIT = 100,
	NIMBOS_LEGACY_V2_IPI_INIT = 101,
	NIMBOS_LEGACY_V2_SYNC_MAP = 253,
	NIMBOS_LEGACY_V2_SYNC_UNMAP = 254,
};

/* What such a request is in struct nimbos_call_record, where all calls have numbers of SCF. */
#define NIMBOS_LEGACY_NR(version, opcode) ((version) << 16 | (opcode))

/**
 * struct nimbos_legacy_take - ioctl(NIMBOS_IOC_LEGACY_TAKE)
 * @size: sizeof(struct nimbos_legacy_take)
 * @flags: 0
 * @request: out: what NIMBOS_IOC_LEGACY_ANSWER calls the request: the number of its descriptor
 * @opcode: out: what the peer wants
 * @args: out: its arguments, unchecked; with version 1 there is one, and the others are 0
 * @traced: out: 1 if somebody traces calls, so that this one should be shown with
 *	NIMBOS_IOC_SLOT_TRACE, as NIMBOS_LEGACY_NR(); else 0
 * @pad: out: 0
 *
 * Takes the next request from the queue of the file's slot. Does not wait for one: first there is
 * NIMBOS_IOC_SLOT_WAIT for that. A queue that the peer has set up anew is begun with anew, and what
 * was taken from it before needs no answer any more.
 *
 * Returns 0, or an error of the general format, or
 *
 *  - EAGAIN: there is none.
 *  - ENODATA: the file has no slot.
 *  - EPROTONOSUPPORT: it is a slot of a peer that is not a legacy one.
 *  - EPROTO: the peer has broken the queue's rules: its magic or capacity are wrong, its index is
 *    ahead by more than its capacity, or the next descriptor does not exist or has been taken.
 *  - EINTR: a fatal signal came while the peer had the lock.
 *
 * With EFAULT the request is taken all the same, and answered when the slot is closed. Sleeps while
 * the peer has the lock.
 */
struct nimbos_legacy_take {
	__u32 size;
	__u32 flags;
	__u32 request;
	__u32 opcode;
	__u64 args[4];
	__u32 traced;
	__u32 pad;
};
#define NIMBOS_IOC_LEGACY_TAKE _IO(NIMBOS_TYPE, NIMBOS_CMD_LEGACY_TAKE)

/**
 * DOC: User interrupts of legacy peers
 *
 * NIMBOS_IOC_UINTR_REGISTER_HANDLER with NIMBOS_UINTR_LANE and lane 0 lets a thread receive what
 * a peer of version 2 posts to the slot. @upid, the answer to UintrInit, is in the page that is
 * NIMBOS_LEGACY_UPIDS_BELOW before the region: the kernel chooses it, by the slot's number, and
 * alone keeps it; no mapping of a slot leads there. It stays the same until the peer stops,
 * whichever threads, shadows and slots with that number come and go. What is posted while no
 * thread receives is for the next. EACCES says that the module's parameter legacy_abi is off;
 * EADDRNOTAVAIL that the two pages are not reserved memory, or somebody else's, or that legacy_abi
 * was off when the peer was loaded; EOPNOTSUPP also that it is a peer of version 1.
 *
 * A peer whose own descriptor (at the start of the second page, zero when it starts) names
 * NIMBOS_LEGACY_UINTR_VECTOR is notified by it: the slot's number is set in PIR, and where
 * neither ON nor SN is set, ON is, and the vector is sent to the peer's CPU. The peer clears ON.
 */

/* Afterwards notify the peer as NIMBOS_IOC_SLOT_NOTIFY does. */
#define NIMBOS_LEGACY_ANSWER_NOTIFY (1U << 0)

/**
 * struct nimbos_legacy_answer - ioctl(NIMBOS_IOC_LEGACY_ANSWER)
 * @size: sizeof(struct nimbos_legacy_answer)
 * @flags: NIMBOS_LEGACY_ANSWER_*
 * @request: from NIMBOS_IOC_LEGACY_TAKE
 * @pad: 0
 * @result: what the peer gets: a value, or a negative errno
 * @replied: out: when the peer could see it, in cycles of the time-stamp counter
 *
 * Answers a request that was taken by this file, once.
 *
 * Returns 0, or an error of the general format, or
 *
 *  - ENOENT: no such request waits for an answer.
 *  - ENODATA, EPROTONOSUPPORT, EINTR: as NIMBOS_IOC_LEGACY_TAKE.
 *
 * With EFAULT the request is answered all the same. Sleeps while the peer has the lock.
 */
struct nimbos_legacy_answer {
	__u32 size;
	__u32 flags;
	__u32 request;
	__u32 pad;
	__s64 result;
	__u64 replied;
};
#define NIMBOS_IOC_LEGACY_ANSWER _IO(NIMBOS_TYPE, NIMBOS_CMD_LEGACY_ANSWER)

/**
 * DOC: The ioctls of the old drivers
 *
 * For shadows from that time. They exist while the module's parameter legacy_abi is set, else they
 * are ENOTTY. They speak of the legacy peer that runs; of the one with the lowest number, if there
 * are several.
 *
 *  - NIMBOS_LEGACY_SETUP: attaches as NIMBOS_IOC_LEGACY_ATTACH does, with the same errors. What it
 *    writes depends on how the peer was loaded: nothing (NIMBOS_LEGACY_V1), the slot's number as an
 *    int (NIMBOS_LEGACY_V2_EARLY), or struct nimbos_legacy_setup (NIMBOS_LEGACY_V2). EFAULT leaves
 *    the file without a slot. From now on each interrupt of the slot is followed by signal
 *    NIMBOS_LEGACY_SIGNAL to the process, SI_QUEUE with the value NIMBOS_LEGACY_SIGNAL_VALUE; one
 *    may stand for several interrupts. It ends with the process, or when that executes another
 *    program. By default that signal ends a process: the handler has to be there before.
 *  - NIMBOS_LEGACY_EXIT: there are no more signals. The slot stays until the file and its mappings
 *    are closed, so that the last answer can be written. ENODATA if the file has no slot.
 *  - NIMBOS_LEGACY_NOTIFY: rings the peer's doorbell, as NIMBOS_IOC_SLOT_NOTIFY does.
 */
#define NIMBOS_LEGACY_SETUP 0x0
#define NIMBOS_LEGACY_EXIT 0x1
#define NIMBOS_LEGACY_NOTIFY 0x102

#define NIMBOS_LEGACY_SIGNAL 44
#define NIMBOS_LEGACY_SIGNAL_VALUE 2333

/**
 * struct nimbos_legacy_setup - what NIMBOS_LEGACY_SETUP writes
 * @slot: the slot's number
 * @vector: as in struct nimbos_legacy_attach
 * @dest: @apicid there
 */
struct nimbos_legacy_setup {
	__s32 slot;
	__u32 vector;
	__u32 dest;
};

#endif /* _UAPI_LINUX_NIMBOS_LEGACY_H */
