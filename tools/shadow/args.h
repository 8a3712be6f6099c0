/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbos-shadow: checking what a call's arguments lead to.
 *
 * The peer may write to the window at any time. Memory that only the kernel looks at, once, is
 * used where it lies: all that matters is that it lies in the window. Memory that has to be
 * looked at here, since there are pointers or descriptors in it, is copied to private memory
 * first, and the kernel gets the copy.
 */
#ifndef NIMBOS_SHADOW_ARGS_H
#define NIMBOS_SHADOW_ARGS_H

#include <stdbool.h>
#include <sys/uio.h>

#include "call.h"

/**
 * arg_take() - check an argument
 * @caller: on whose behalf
 * @arg: what it should be
 * @args: all arguments
 * @i: which one
 * @taken: out: what the kernel gets for it
 *
 * Return: 0 or a negative errno.
 */
int arg_take(struct caller *caller, const struct arg *arg, const uint64_t args[6], unsigned int i,
	     uint64_t *taken);

/**
 * fd_reachable() - whether the peer may use a descriptor
 * @caller: on whose behalf
 * @fd: the descriptor, of which the kernel looks at 32 bits; a negative one, such as AT_FDCWD,
 *	names none
 */
static inline bool fd_reachable(struct caller *caller, uint64_t fd)
{
	if ((int32_t)fd < 0 || (uint32_t)fd < caller->fd_floor)
		return true;
	caller->refusal = REFUSED_DESCRIPTOR;
	return false;
}

/**
 * in_window() - whether a range lies in the window
 * @caller: on whose behalf
 * @addr: where it begins
 * @len: of it, in bytes; a range of none is never touched, and may lie anywhere
 */
static inline bool in_window(struct caller *caller, uint64_t addr, uint64_t len)
{
	if (!len || (addr >= caller->window && len <= caller->window_size &&
		     addr - caller->window <= caller->window_size - len))
		return true;
	caller->refusal = REFUSED_POINTER;
	return false;
}

/**
 * scratch_alloc() - private memory that lasts as long as the present call
 * @caller: on whose behalf
 * @size: in bytes
 *
 * Return: the memory, aligned for anything, or NULL.
 */
void *scratch_alloc(struct caller *caller, size_t size);

/**
 * window_read() - copy from the window, once
 * @to: private memory
 * @from: address in the window, checked
 * @len: in bytes
 */
void window_read(void *to, uint64_t from, size_t len);

/**
 * window_write() - copy to the window
 * @to: address in the window, checked
 * @from: private memory
 * @len: in bytes
 */
void window_write(uint64_t to, const void *from, size_t len);

/**
 * copy_in() - a private copy of an array in the window
 * @caller: on whose behalf
 * @addr: where it lies; not checked yet
 * @n: number of elements
 * @size: of an element, in bytes
 * @copy: out: the copy
 *
 * Return: 0, -EFAULT, or -ENOMEM if there is not enough private memory.
 */
int copy_in(struct caller *caller, uint64_t addr, uint64_t n, size_t size, void **copy);

/**
 * copy_string() - a private copy of a string in the window
 * @caller: on whose behalf
 * @addr: where it lies
 * @string: out: the copy
 *
 * Return: 0, -EFAULT, -ENAMETOOLONG if it has PATH_MAX bytes or more, or -ENOMEM.
 */
int copy_string(struct caller *caller, uint64_t addr, const char **string);

/**
 * copy_iovec() - a private copy of an array of iovecs, all of which lead into the window
 * @caller: on whose behalf
 * @addr: where it lies
 * @n: number of elements
 * @iov: out: the copy
 *
 * Return: 0, -EFAULT, -EINVAL if there are too many, or -ENOMEM.
 */
int copy_iovec(struct caller *caller, uint64_t addr, uint64_t n, struct iovec **iov);

#endif /* NIMBOS_SHADOW_ARGS_H */
