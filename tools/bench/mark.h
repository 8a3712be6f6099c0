/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Marks in programs that are measured: instructions that do nothing, and that the plugin knows.
 *
 * They are NOPs with a displacement that no compiler chooses. Any program may execute them, a
 * peer's as well; without the plugin nothing happens.
 */
#ifndef NIMBOS_BENCH_MARK_H
#define NIMBOS_BENCH_MARK_H

/* How many calls are between two marks: so few that most such groups have no timer tick. */
#define MARK_GROUP 20

#define MARK_SIZE 8
#define MARK_BEGIN 0x6e696d62
#define MARK_END 0x6e696d65

/* nopl displacement(%rax,%rax,1) */
#define MARK_TEXT ".byte 0x0f, 0x1f, 0x84, 0x00; .long %c0"

/* Count from here on. */
static inline void mark_begin(void)
{
	__asm__ volatile(MARK_TEXT : : "i"(MARK_BEGIN) : "memory");
}

/* Count up to here. */
static inline void mark_end(void)
{
	__asm__ volatile(MARK_TEXT : : "i"(MARK_END) : "memory");
}

#endif /* NIMBOS_BENCH_MARK_H */
