/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * libnimbos: user interrupts between threads of Linux, by the interface that Intel has proposed for
 * it, on a kernel that knows nothing of it: programs that call these as system calls call them as
 * functions instead, and are linked with -lnimbos. The compiler has the rest: -muintr,
 * <x86gprintrin.h>, and __attribute__((interrupt)) for the handler, which may use general
 * registers only (-mgeneral-regs-only).
 *
 * Functions return 0 or more, or -1 and an error in errno; what is said of an error below counts
 * for all of them:
 *
 *  - EOPNOTSUPP: there are no user interrupts here: there is no device, or NIMBOS_IOC_QUERY says in
 *    @uintr what is missing.
 *  - EACCES, EMFILE, ENFILE: the device cannot be opened.
 *  - EINVAL: @flags is not 0.
 *  - ENOMEM: Linux has not enough memory of its own.
 *
 * The device is opened once in a process, by the first call; fork(2) does not inherit that, nor
 * what threads have registered. None of these functions may be called in a signal handler.
 *
 * What is different from Intel's kernel: a thread that executes SENDUIPI has called
 * uintr_register_sender() at least once itself; uintr_unregister_sender() takes the index, not the
 * descriptor; one descriptor may be registered several times, and each time gives a new index.
 */
#ifndef NIMBOS_UINTR_API_H
#define NIMBOS_UINTR_API_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The library is built with hidden symbols; what is declared here is what it exports. */
#pragma GCC visibility push(default)

/**
 * uintr_register_handler() - have the calling thread receive user interrupts
 * @handler: address of the handler
 * @flags: 0
 *
 * They arrive once the thread has executed STUI.
 *
 * Return: 0, or -1 and
 *
 *  - EFAULT: @handler is 0.
 *  - EBUSY: the thread has a handler.
 *  - ENOSPC: no descriptor or no interrupt vector is left.
 */
int uintr_register_handler(uint64_t handler, unsigned int flags);

/* A pointer to the handler will do, as for the system call. */
#define uintr_register_handler(handler, flags) \
	uintr_register_handler((uint64_t)(uintptr_t)(handler), (flags))

/**
 * uintr_unregister_handler() - have the calling thread receive no user interrupts any more
 * @flags: 0
 *
 * What is sent to it from now on is dropped.
 *
 * Return: 0, or -1 and EINVAL: the thread has no handler.
 */
int uintr_unregister_handler(unsigned int flags);

/**
 * uintr_vector_fd() - make a descriptor that stands for a vector of the calling thread
 * @vector: 0 to 63; the highest that is pending is delivered first
 * @flags: 0
 *
 * Whoever has it can become a sender; it is passed on as any descriptor is.
 *
 * Return: a descriptor that is closed on exec, or -1 and
 *
 *  - EINVAL: the thread has no handler.
 *  - ENOSPC: @vector is out of range.
 *  - EMFILE, ENFILE: no descriptor is left.
 */
int uintr_vector_fd(uint64_t vector, unsigned int flags);

/**
 * uintr_create_fd() - uintr_vector_fd() by its first name
 * @vector: as there
 * @flags: as there
 *
 * Return: as there.
 */
int uintr_create_fd(uint64_t vector, unsigned int flags);

/**
 * uintr_register_sender() - get a way to send to whoever made a descriptor
 * @fd: from uintr_vector_fd(); may be closed afterwards
 * @flags: 0
 *
 * Return: the operand for SENDUIPI, 0 to 255, or -1 and
 *
 *  - EBADF: @fd is not an open descriptor.
 *  - EOPNOTSUPP: it is none of uintr_vector_fd().
 *  - ESHUTDOWN: the receiver has gone.
 *  - ENOSPC: the process has as many senders as it can have.
 */
int uintr_register_sender(int fd, unsigned int flags);

/**
 * uintr_unregister_sender() - give a way to send back
 * @index: from uintr_register_sender()
 * @flags: 0
 *
 * Return: 0, or -1 and EINVAL: @index leads nowhere.
 */
int uintr_unregister_sender(int index, unsigned int flags);

/**
 * uintr_wait_usec() - sleep until a user interrupt arrives, for a time
 * @usec: how long to wait, in us, at most 1000000000; 0 not to wait at all
 * @flags: 0
 *
 * An interrupt that has arrived since the last wait ended by one ends this one at once: none is
 * missed between a look at what a handler has done and the wait. It may have been looked at, so
 * who waits for something in particular looks again.
 *
 * Return: 0 when the time is over, or -1 and
 *
 *  - EINTR: a user interrupt has arrived, and its handler has run; or a signal has.
 *  - EINVAL: also if @usec is out of range.
 *  - EOPNOTSUPP: also if the thread has no handler.
 */
int uintr_wait_usec(uint64_t usec, unsigned int flags);

/**
 * uintr_wait_forever() - sleep until a user interrupt arrives
 * @flags: 0
 *
 * Return: as uintr_wait_usec(), except that the time is never over.
 */
int uintr_wait_forever(unsigned int flags);

/* Both forms that Intel has published: uintr_wait(flags), and later uintr_wait(usec, flags). */
#define uintr_wait(...) \
	NIMBOS_UINTR_WAIT(__VA_ARGS__, uintr_wait_usec, uintr_wait_forever, 0)(__VA_ARGS__)
#define NIMBOS_UINTR_WAIT(first, second, function, ...) function

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* NIMBOS_UINTR_API_H */
