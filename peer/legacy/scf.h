/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the two generations of system-call forwarding do each in its own way: ../v1, ../v2.
 *
 * Buffers and paths are the current program's memory or the kernel's. All of this sleeps, but
 * where it says otherwise. Results are those of Linux, or a negative errno.
 */
#ifndef LEGACY_SCF_H
#define LEGACY_SCF_H

#include "queue.h"
#include "types.h"

struct process;

/* Makes the queues. */
void scf_init(void);

/* Takes the answers that are there. Does not sleep. */
void scf_poll(void);

/* trap.c: says on the console how often Linux has notified this kernel. */
void scf_log_notifications(void);

/* Finds the first process its queue. */
void scf_begin(struct process *process);

/* Has Linux fork. Return: 0, or why the child can have no queue. */
s64 scf_fork(struct process *child);

/* Tells Linux of a thread that is to be. */
s64 scf_thread(void);

/* Tells Linux that the current thread ends. */
void scf_exit(void);

/* Shows Linux a part of a program's memory. Nobody else runs until it is done. */
s64 scf_map(struct process *process, u64 va, u64 size, u64 phys);
s64 scf_unmap(struct process *process, u64 va, u64 size);

s64 scf_read(int fd, void *buffer, size_t size);
s64 scf_write(int fd, const void *data, size_t size);
s64 scf_open(const char *path, int flags, int mode);
s64 scf_close(int fd);
/* The file's size. */
s64 scf_stat(const char *path);
/* A request that Linux has nothing to do for. */
s64 scf_nop(void);

/* A request as it stands, for tests. */
s64 scf_call(u8 opcode, const u64 args[QUEUE_MAX_ARGS]);

#endif /* LEGACY_SCF_H */
