// SPDX-License-Identifier: GPL-2.0
/*
 * Version 1: one queue for all. Arguments and data go through a buffer that is shared with the
 * shadow, which knows of neither processes nor threads.
 */
#include "errno.h"
#include "layout.h"
#include "memory.h"
#include "scf.h"

#define QUEUE (REGION + 0x7fff000)
#define BUFFER (REGION + 0x7eff000)

/* Each descriptor has its arguments and its data in a part of the buffer. */
#define DATA 0x1000
#define DATA_SIZE 0x100
/* The length has to be less than that. */
#define MAX_SIZE (DATA_SIZE - 1)

enum opcode {
	V1_NOP = 0,
	V1_READ = 1,
	V1_WRITE = 2,
	V1_OPEN = 3,
	V1_CLOSE = 4,
};

struct v1_args {
	u32 fd;
	u64 buffer;
	u64 size;
};

static const struct queue_layout layout = {
	.capacity = 128,
	.descriptor_size = 24,
	.requests = 0xc10,
	.responses = 0xd10,
};

static struct queue queue;

void scf_init(void)
{
	queue_init(&queue, QUEUE, &layout);
}

void scf_poll(void)
{
	queue_poll(&queue);
}

void scf_begin(struct process *process)
{
}

s64 scf_fork(struct process *child)
{
	return 0;
}

s64 scf_thread(void)
{
	return 0;
}

void scf_exit(void)
{
}

s64 scf_map(struct process *process, u64 va, u64 size, u64 phys)
{
	return 0;
}

s64 scf_unmap(struct process *process, u64 va, u64 size)
{
	return 0;
}

/* @out goes to Linux, and what comes back to @in; each may be NULL. */
static s64 call(u8 opcode, u32 fd, const void *out, void *in, size_t size)
{
	u32 no = queue_take(&queue);
	u64 args_at = no * sizeof(struct v1_args);
	u64 data_at = DATA + no * DATA_SIZE;
	u8 *buffer = phys_to_virt(BUFFER);
	s64 ret;

	if (size > MAX_SIZE)
		size = MAX_SIZE;
	if (out)
		memcpy(buffer + data_at, out, size);
	*(struct v1_args *)(buffer + args_at) = (struct v1_args){ fd, data_at, size };
	ret = queue_call_with(&queue, no, opcode, &args_at, false);
	/* Others may have the descriptor from now on, but do not run before this is done. */
	if (in && ret > 0 && (size_t)ret <= size)
		memcpy(in, buffer + data_at, ret);
	return ret;
}

s64 scf_read(int fd, void *buffer, size_t size)
{
	return call(V1_READ, fd, NULL, buffer, size);
}

s64 scf_write(int fd, const void *data, size_t size)
{
	return call(V1_WRITE, fd, data, NULL, size);
}

/* There is no mode. */
s64 scf_open(const char *path, int flags, int mode)
{
	return call(V1_OPEN, flags, path, NULL, strlen(path) + 1);
}

s64 scf_close(int fd)
{
	return call(V1_CLOSE, fd, NULL, NULL, 0);
}

s64 scf_stat(const char *path)
{
	return -ENOSYS;
}

s64 scf_nop(void)
{
	return call(V1_NOP, 0, NULL, NULL, 0);
}

s64 scf_call(u8 opcode, const u64 args[QUEUE_MAX_ARGS])
{
	return queue_call(&queue, opcode, args, false);
}
