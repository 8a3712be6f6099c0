/* SPDX-License-Identifier: GPL-2.0 */
/*
 * User interrupts by bare ioctls and instructions, for programs that test the module. Built with
 * -muintr.
 */
#ifndef NIMBOS_SELFTEST_UINTR_H
#define NIMBOS_SELFTEST_UINTR_H

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <x86gprintrin.h>

#include "process.h"

/* User interrupts that have come, by vector; whichever thread has taken them. */
static atomic_ulong arrived[NIMBOS_UINTR_VECTORS];

static void __attribute__((interrupt, target("general-regs-only")))
count_arrival(struct __uintr_frame *frame, unsigned long long vector)
{
	atomic_fetch_add(&arrived[vector % NIMBOS_UINTR_VECTORS], 1);
}

static inline unsigned long count_arrived(unsigned int vector)
{
	return atomic_load(&arrived[vector]);
}

static inline struct nimbos_uintr_register_handler handler_for(void *handler)
{
	return (struct nimbos_uintr_register_handler){
		.size = sizeof(struct nimbos_uintr_register_handler),
		.handler = (uintptr_t)handler,
	};
}

static inline int register_handler(int fd, void *handler)
{
	struct nimbos_uintr_register_handler arg = handler_for(handler);

	return try_ioctl(fd, NIMBOS_IOC_UINTR_REGISTER_HANDLER, &arg);
}

static inline int unregister_handler(int fd)
{
	struct nimbos_uintr_unregister_handler arg = { .size = sizeof(arg) };

	return try_ioctl(fd, NIMBOS_IOC_UINTR_UNREGISTER_HANDLER, &arg);
}

/* Returns a descriptor, or a negative errno; as do the others that return a number. */
static inline int vector_fd(int fd, unsigned int vector)
{
	struct nimbos_uintr_vector_fd arg = { .size = sizeof(arg), .vector = vector };

	return -try_ioctl(fd, NIMBOS_IOC_UINTR_VECTOR_FD, &arg) ?: arg.fd;
}

static inline int register_sender(int fd, int vector)
{
	struct nimbos_uintr_register_sender arg = { .size = sizeof(arg), .fd = vector };

	return -try_ioctl(fd, NIMBOS_IOC_UINTR_REGISTER_SENDER, &arg) ?: (int)arg.index;
}

static inline int unregister_sender(int fd, unsigned int index)
{
	struct nimbos_uintr_unregister_sender arg = { .size = sizeof(arg), .index = index };

	return try_ioctl(fd, NIMBOS_IOC_UINTR_UNREGISTER_SENDER, &arg);
}

static inline int wait_ns(int fd, int64_t timeout_ns)
{
	struct nimbos_uintr_wait arg = { .size = sizeof(arg), .timeout_ns = timeout_ns };

	return try_ioctl(fd, NIMBOS_IOC_UINTR_WAIT, &arg);
}

/* The calling thread can send to itself by the index that is returned. */
static inline int receive_and_send(int fd, unsigned int vector)
{
	int err = register_handler(fd, count_arrival);
	int number = err ? -err : vector_fd(fd, vector);
	int index = number < 0 ? number : register_sender(fd, number);

	if (number >= 0)
		close(number);
	return index;
}

static inline int pin(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

#endif /* NIMBOS_SELFTEST_UINTR_H */
