// SPDX-License-Identifier: GPL-2.0
/*
 * What is said about an exception.
 */
#include "console.h"
#include "cpu.h"
#include "trap.h"

static const char *const exception_names[NR_EXCEPTIONS] = { "divide error",
							    "debug",
							    "NMI",
							    "breakpoint",
							    "overflow",
							    "bound range",
							    "invalid opcode",
							    "no FPU",
							    "double fault",
							    "FPU segment",
							    "invalid TSS",
							    "segment not present",
							    "stack fault",
							    "general protection",
							    "page fault",
							    "reserved",
							    "x87 error",
							    "alignment check",
							    "machine check",
							    "SIMD error",
							    "virtualization",
							    "control protection" };

const char *exception_name(const struct frame *frame)
{
	return exception_names[frame->vector] ?: "exception";
}

void exception_print(const struct frame *frame)
{
	kernel_log("rip %016lx rsp %016lx rflags %08lx error %lx cr2 %016lx", frame->rip,
		   frame->rsp, frame->rflags, frame->error, READ_CR(2));
	kernel_log("rax %016lx rbx %016lx rcx %016lx rdx %016lx", frame->rax, frame->rbx,
		   frame->rcx, frame->rdx);
	kernel_log("rsi %016lx rdi %016lx rbp %016lx cr3 %016lx", frame->rsi, frame->rdi,
		   frame->rbp, READ_CR(3));
	kernel_log("r8  %016lx r9  %016lx r10 %016lx r11 %016lx", frame->r8, frame->r9, frame->r10,
		   frame->r11);
	kernel_log("r12 %016lx r13 %016lx r14 %016lx r15 %016lx", frame->r12, frame->r13,
		   frame->r14, frame->r15);
}
