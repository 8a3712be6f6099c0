/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * libnimbos: user interrupts of the calling thread, with an open file of the device.
 *
 * Every handler is entered through nimbos_uintr_entry(), which notes that an interrupt has arrived
 * before the handler runs. That is what nimbos_uintr_wait() looks at with interrupts kept away: one
 * that came just before the wait ends it as well as one that comes during it.
 */
#ifndef NIMBOS_LIB_UINTR_H
#define NIMBOS_LIB_UINTR_H

/* For uintr_entry.S: where the fields of struct nimbos_uintr lie. */
#define NIMBOS_UINTR_HANDLER 0
#define NIMBOS_UINTR_ARRIVED 8

#ifndef __ASSEMBLER__

#include <stdbool.h>
#include <stdint.h>

/**
 * struct nimbos_uintr - user interrupts of a thread
 * @handler: the handler that nimbos_uintr_entry() goes on to; 0 if the thread has registered none
 * @arrived: written by nimbos_uintr_entry(), on top of whatever the thread does: 1 once an
 *	interrupt has arrived
 */
struct nimbos_uintr {
	uint64_t handler;
	uint32_t arrived;
};

/* At a fixed distance from the thread's pointer: nimbos_uintr_entry() cannot call anything. */
extern __thread struct nimbos_uintr nimbos_uintr_self __attribute__((tls_model("initial-exec")));

/**
 * nimbos_uintr_register() - have the thread receive user interrupts
 * @fd: descriptor of the device
 * @handler: user address of the handler, which ends with UIRET
 * @flags: NIMBOS_UINTR_LANE or 0
 * @lane: with NIMBOS_UINTR_LANE: which lane
 *
 * They arrive once the thread has executed STUI. Not in a signal handler.
 *
 * Return: 0, or an error of NIMBOS_IOC_UINTR_REGISTER_HANDLER.
 */
int nimbos_uintr_register(int fd, uint64_t handler, uint32_t flags, uint32_t lane);

/**
 * nimbos_uintr_register_lane() - the same for a lane, and find out where its peer posts to
 * @fd: descriptor of the device
 * @handler: as there
 * @lane: which lane
 * @upid: out: the physical address of the UPID; 0 without CAP_SYS_RAWIO, or on an error
 *
 * Return: as there.
 */
int nimbos_uintr_register_lane(int fd, uint64_t handler, uint32_t lane, uint64_t *upid);

/**
 * nimbos_uintr_unregister() - have the thread receive none any more
 * @fd: descriptor of the device
 *
 * Return: 0, or an error of NIMBOS_IOC_UINTR_UNREGISTER_HANDLER.
 */
int nimbos_uintr_unregister(int fd);

/**
 * nimbos_uintr_register_sender() - get a way to send
 * @fd: descriptor of the device
 * @flags: NIMBOS_UINTR_DOORBELL or 0
 * @vector_fd: stands for the receiver; -1 with NIMBOS_UINTR_DOORBELL
 *
 * Return: what nimbos_uintr_send() takes, or an error of NIMBOS_IOC_UINTR_REGISTER_SENDER.
 */
int nimbos_uintr_register_sender(int fd, uint32_t flags, int vector_fd);

/**
 * nimbos_uintr_unregister_sender() - give a way to send back
 * @fd: descriptor of the device
 * @index: from nimbos_uintr_register_sender()
 *
 * Return: 0, or an error of NIMBOS_IOC_UINTR_UNREGISTER_SENDER.
 */
int nimbos_uintr_unregister_sender(int fd, uint32_t index);

/**
 * nimbos_uintr_wait() - sleep until a user interrupt arrives
 * @fd: descriptor of the device
 * @timeout_ns: how long to wait, in ns; negative for ever
 *
 * Returns at once if @arrived is set; whoever calls clears it, before it looks at what an interrupt
 * would tell it of. A thread that has cleared its user-interrupt flag is woken as any other, but
 * its handler does not run.
 *
 * Return: 0, or an error of NIMBOS_IOC_UINTR_WAIT.
 */
int nimbos_uintr_wait(int fd, int64_t timeout_ns);

/* uintr_entry.S: let user interrupts in (STUI); the thread has registered. */
void nimbos_uintr_enable(void);

/* uintr_entry.S: send a user interrupt (SENDUIPI). */
void nimbos_uintr_send(uint64_t index);

/* uintr_entry.S: where the processor enters; and a handler that has nothing to do. */
void nimbos_uintr_entry(void);
void nimbos_uintr_ignore(void);

#endif /* __ASSEMBLER__ */

#endif /* NIMBOS_LIB_UINTR_H */
