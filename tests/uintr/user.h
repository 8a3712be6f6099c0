/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What runs at CPL 3. The kernel names it by UADDR(), and sees the data through
 * KPTR(). All functions take and return 64 bits.
 */
#ifndef USER_H
#define USER_H

#include "hw.h"
#include "layout.h"

#define USTACK_SIZE	8192
#define UCODE_SIZE	64

/* What a delivery pushes. */
struct uframe {
	u64 vector, rip, rflags, rsp;
};

/* What the handler saw; one for each CPU, and GS points to it. */
struct ulog {
	u64 count;
	u64 hook;		/* called by the handler with the frame and its pushed RAX */
	struct uframe frame;
	u64 rsp, rflags, uif;
	u8 vectors[ULOG_RING];
} __aligned(64);

/* The state that u_integrity() keeps in registers and checks. */
struct integrity {
	u64 rounds;		/* wanted */
	u64 done;
	u64 stop;		/* end at the next round */
	u64 errors;
	u64 spoilt[2];		/* the first difference: what was wanted, what was there */
};

/* uasm.S */
void uintr_handler(void);	/* logs, calls the hook, UIRET */
void user_exit(void);		/* ends user_call() with RAX */
void u_service(void);		/* the case's kernel function, by INT and IRET */
void u_syscall(void);		/* by SYSCALL and SYSRET */
void u_sysenter(void);		/* by SYSENTER and SYSEXIT */
void u_compat(void);		/* ucode in 32-bit code, which ends by INT */
void u_rflags(void);		/* loads RFLAGS, runs ucode, returns RFLAGS */
void u_send_rsp(void);		/* SENDUIPI with RSP as operand */
void u_loop(void);		/* INC RAX, until *a is not 0 or b rounds */
void u_loop_rflags(void);	/* the same with RFLAGS = a, b rounds; returns RFLAGS */
void u_stack(void);		/* sets RSP = a, spins b rounds, restores RSP; returns its RSP */
void u_uiret(void);		/* UIRET with RSP = a */
void u_uiret_mark(void);	/* where it may return to: RAX = RFLAGS, RBX = RSP, exit */
u64 u_registers(u64 rounds);	/* fills all registers, waits, checks; a mask of errors */

/* user.c */
s64 u_testui(void);
s64 u_stui(void);
s64 u_clui(void);
s64 u_send(u64 index);
s64 u_wait(u64 count, u64 rounds);
s64 u_send_wait(u64 index, u64 count);
s64 u_send_many(u64 count, u64 index);
s64 u_rdmsr(u64 msr);
s64 u_call2(u64 first, u64 then);
s64 u_integrity(u64 arg);
s64 u_integrity_syscalls(u64 arg);
s64 u_integrity_toggle(u64 arg);
s64 u_hook_stui(u64 frame);
s64 u_hook_count(u64 frame);

extern struct ulog ulogs[];
extern u8 ustacks[];
extern u8 ucode[];
extern struct integrity uintegrity;
extern u64 uhits[64];

#endif
