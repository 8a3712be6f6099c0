/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Programs written for Intel's interface of user interrupts, as anybody would write them: they know
 * nothing of nimbos but the header and the library.
 */
#ifndef UINTR_SAMPLE_H
#define UINTR_SAMPLE_H

#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86gprintrin.h>

#include "nimbos/uintr.h"

#define HANDLER __attribute__((interrupt, target("general-regs-only")))

/* Returns an index for SENDUIPI. */
static inline int become_sender(int fd)
{
	int index = uintr_register_sender(fd, 0);

	if (index < 0)
		err(1, "uintr_register_sender");
	return index;
}

/* The handler, and a descriptor for a vector of the calling thread. */
static inline int become_receiver(void (*handler)(struct __uintr_frame *, unsigned long long),
				  unsigned int vector)
{
	int fd;

	if (uintr_register_handler(handler, 0))
		err(1, "uintr_register_handler");
	fd = uintr_vector_fd(vector, 0);
	if (fd < 0)
		err(1, "uintr_vector_fd");
	_stui();
	return fd;
}

static inline pthread_t start(void *(*function)(void *), void *arg)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, function, arg);
	if (errno)
		err(1, "pthread_create");
	return thread;
}

static inline void end_receiver(int fd)
{
	if (uintr_unregister_handler(0))
		err(1, "uintr_unregister_handler");
	close(fd);
}

#endif /* UINTR_SAMPLE_H */
