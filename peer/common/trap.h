/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COMMON_TRAP_H
#define COMMON_TRAP_H

#include "selectors.h"
#include "types.h"

/*
 * What entry.S leaves on the kernel stack, in the order of the stack. @vector is all ones for a
 * system call, @error is what the processor pushed, or 0.
 */
struct frame {
	u64 r15, r14, r13, r12, r11, r10, r9, r8;
	u64 rbp, rdi, rsi, rdx, rcx, rbx, rax;
	u64 vector, error;
	u64 rip, cs, rflags, rsp, ss;
};

#define VECTOR_NMI 2
#define VECTOR_DOUBLE_FAULT 8
#define VECTOR_PAGE_FAULT 14
#define VECTOR_MACHINE_CHECK 18
#define NR_EXCEPTIONS 32

static inline bool frame_is_user(const struct frame *frame)
{
	return frame->cs & 3;
}

/* Segments, gates and the entry for system calls; from now on trap() and syscall() are called. */
void descriptors_init(void);

/* The stack on which the next entry from a program begins. */
void trap_set_stack(u64 top);

/* Called with interrupts off; each kernel has its own. */
void trap(struct frame *frame);
void syscall(struct frame *frame);

const char *exception_name(const struct frame *frame);

/* The registers of @frame, on the console. */
void exception_print(const struct frame *frame);

/* In entry.S. */
_Noreturn void frame_resume(struct frame *frame);

/**
 * panic() - stop this peer for good
 * @format: one line, as for kernel_log(): why
 *
 * Each kernel has its own, which tells whom it can, and halts.
 */
_Noreturn __attribute__((format(printf, 1, 2))) void panic(const char *format, ...);

#endif /* COMMON_TRAP_H */
