// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: checking what a call's arguments lead to.
 *
 * NULL is passed on as it is: nothing is ever mapped there, so the kernel either takes it for "not
 * given" or answers EFAULT by itself.
 */
#include <errno.h>
#include <limits.h>
#include <stdalign.h>
#include <string.h>
#include <sys/mman.h>

#include "args.h"

int caller_init(struct caller *caller)
{
	/* Pages that are never touched cost nothing. */
	caller->scratch = mmap(NULL, SCRATCH_SIZE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (caller->scratch == MAP_FAILED) {
		caller->scratch = NULL;
		return -ENOMEM;
	}
	return 0;
}

void *scratch_alloc(struct caller *caller, size_t size)
{
	size_t align = alignof(max_align_t);
	char *memory = caller->scratch + caller->scratch_used;

	if (size > SCRATCH_SIZE - caller->scratch_used)
		return NULL;
	/* SCRATCH_SIZE is a multiple of the alignment, so this does not go beyond it. */
	caller->scratch_used += (size + align - 1) / align * align;
	return memory;
}

void window_read(void *to, uint64_t from, size_t len)
{
	/* An empty array may lie at NULL. */
	if (!len)
		return;
	memcpy(to, (const void *)(uintptr_t)from, len);
	/*
	 * From here on, the window may have changed, says this to the compiler: it cannot load from
	 * there again in place of the copy.
	 */
	__asm__ volatile("" ::: "memory");
}

void window_write(uint64_t to, const void *from, size_t len)
{
	memcpy((void *)(uintptr_t)to, from, len);
}

int copy_in(struct caller *caller, uint64_t addr, uint64_t n, size_t size, void **copy)
{
	size_t len;

	if (__builtin_mul_overflow(n, size, &len) || !in_window(caller, addr, len))
		return -EFAULT;
	*copy = scratch_alloc(caller, len);
	if (!*copy)
		return -ENOMEM;
	window_read(*copy, addr, len);
	return 0;
}

int copy_iovec(struct caller *caller, uint64_t addr, uint64_t n, struct iovec **iov)
{
	void *copy;
	int error;

	if (n > IOV_MAX)
		return -EINVAL;
	error = copy_in(caller, addr, n, sizeof(**iov), &copy);
	if (error)
		return error;
	*iov = copy;
	for (uint64_t i = 0; i < n; i++) {
		const struct iovec *v = &(*iov)[i];

		if (v->iov_len && !in_window(caller, (uintptr_t)v->iov_base, v->iov_len))
			return -EFAULT;
	}
	return 0;
}

/*
 * The peer may change the string while it is copied, or between the look for its end and the
 * copy. So the copy gets an end of its own.
 */
int copy_string(struct caller *caller, uint64_t addr, const char **string)
{
	uint64_t room;
	size_t len;
	char *copy;

	if (!in_window(caller, addr, 1))
		return -EFAULT;
	room = caller->window + caller->window_size - addr;
	if (room > PATH_MAX)
		room = PATH_MAX;
	len = strnlen((const char *)(uintptr_t)addr, room);
	if (len == room)
		return room == PATH_MAX ? -ENAMETOOLONG : -EFAULT;
	copy = scratch_alloc(caller, len + 1);
	if (!copy)
		return -ENOMEM;
	window_read(copy, addr, len);
	copy[len] = '\0';
	*string = copy;
	return 0;
}

static int check_memory(struct caller *caller, const struct arg *arg, const uint64_t args[6],
			uint64_t addr)
{
	uint64_t len = 0;

	/*
	 * Where the kernel takes 32 bits of the length, those are no more than all of it. It
	 * rejects a negative one.
	 */
	if (arg->index != ARG_NO_INDEX &&
	    __builtin_mul_overflow(args[arg->index], arg->scale, &len))
		return -EFAULT;
	if (__builtin_add_overflow(len, arg->base, &len) || !in_window(caller, addr, len))
		return -EFAULT;
	return 0;
}

/* The memory that the length belongs to has been passed over as ARG_ADDRESS: it is checked here. */
static int take_socklen(struct caller *caller, uint64_t memory, uint64_t addr, uint64_t *taken)
{
	if (!memory) {
		*taken = 0;
		return 0;
	}
	if (!in_window(caller, addr, sizeof(caller->socklen)))
		return -EFAULT;
	window_read(&caller->socklen, addr, sizeof(caller->socklen));
	if ((int32_t)caller->socklen < 0)
		return -EINVAL;
	if (!in_window(caller, memory, caller->socklen))
		return -EFAULT;
	caller->socklen_to = addr;
	*taken = (uintptr_t)&caller->socklen;
	return 0;
}

int arg_take(struct caller *caller, const struct arg *arg, const uint64_t args[6], unsigned int i,
	     uint64_t *taken)
{
	struct iovec *iov = NULL;
	const char *string = NULL;
	int error;

	*taken = arg->type == ARG_DROP ? 0 : args[i];
	switch (arg->type) {
	case ARG_FD:
		return fd_reachable(caller, args[i]) ? 0 : -EBADF;
	case ARG_STRING:
		error = args[i] ? copy_string(caller, args[i], &string) : 0;
		*taken = (uintptr_t)string;
		caller->string = string;
		return error;
	case ARG_MEMORY:
		return args[i] ? check_memory(caller, arg, args, args[i]) : 0;
	case ARG_IOVEC:
		error = copy_iovec(caller, args[i], args[arg->index], &iov);
		*taken = (uintptr_t)iov;
		return error;
	case ARG_SOCKLEN:
		return take_socklen(caller, args[arg->index], args[i], taken);
	default:
		return 0;
	}
}
