/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For tests only: the stand-in for RVM1.5.
 */
#ifndef STANDIN_H
#define STANDIN_H

#include <linux/types.h>

/* Executed in place of the hypercall instruction, in the caller's context. */
extern const char standin_thunk[];

/* Where the thunk returns to: behind the instruction. */
extern unsigned long standin_return;

/* Called by the thunk with the caller's RAX and RDI; returns what is to be in RAX. */
long standin_call(u64 rax, u64 rdi);

#endif /* STANDIN_H */
