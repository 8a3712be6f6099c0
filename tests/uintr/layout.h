/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers that assembly and C share. */
#ifndef LAYOUT_H
#define LAYOUT_H

#define KBASE		0xffffffff80000000
#define LOW(sym)	((sym) - KBASE)
#define BOOT_STACK_SIZE	16384
#define AP_BASE		0x8000

/* Segments; SYSRET and SYSEXIT want this order. */
#define SEL_KCODE	0x08
#define SEL_KDATA	0x10
#define SEL_UCODE32	(0x18 | 3)
#define SEL_UDATA	(0x20 | 3)
#define SEL_UCODE	(0x28 | 3)
#define SEL_TSS		0x40

/* Software interrupts that CPL 3 may use. */
#define VEC_EXIT	0x80	/* back to user_call(), which returns RAX */
#define VEC_SERVICE	0x81	/* run the case's kernel function */

/* struct cpu */
#define CPU_KSTACK	0	/* for SYSCALL */
#define CPU_USER_RSP	8
#define CPU_RESUME	16	/* RSP of user_call() */
#define CPU_TRY		24	/* RSP of try_call(), or 0 */

/* struct ulog, which GS points to at CPL 3 */
#define ULOG_COUNT	0
#define ULOG_HOOK	8
#define ULOG_FRAME	16	/* of the last delivery: vector, RIP, RFLAGS, RSP */
#define ULOG_RSP	48	/* at the handler's first instruction */
#define ULOG_RFLAGS	56	/* there */
#define ULOG_UIF	64	/* there */
#define ULOG_VECTORS	72	/* ring of the vectors that came */
#define ULOG_RING	256

#endif
