/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * nimbos: the few things that have to be said in a processor's own words.
 */
#ifndef NIMBOS_ARCH_H
#define NIMBOS_ARCH_H

#if defined(__x86_64__)

/**
 * nimbos_mb() - full barrier: no later load before an earlier store
 *
 * A locked instruction on the stack, which is in the cache; cheaper than MFENCE everywhere, and
 * enough for ordinary write-back memory, which is all that is shared.
 */
static inline void nimbos_mb(void)
{
	__asm__ volatile("lock; addl $0, -4(%%rsp)" ::: "memory", "cc");
}

/**
 * nimbos_relax() - tell the processor that this is a waiting loop
 */
static inline void nimbos_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}

/*
 * nimbos_is_set() in one instruction: compilers keep an atomic load and the test of what was loaded
 * apart. One load all the same, and without a clobber of memory, since it is in no order to others.
 * Sanitizers would not see it.
 */
#ifndef NIMBOS_IS_INSTRUMENTED
static inline _Bool nimbos_is_set(const unsigned int *word)
{
	_Bool set;

	__asm__ volatile("cmpl $0, %1" : "=@ccne"(set) : "m"(*word));
	return set;
}
#define nimbos_is_set nimbos_is_set
#endif

/**
 * nimbos_cycles() - the time-stamp counter, in order to nothing
 * Return: cycles of the frequency that the board tells in @tsc_khz.
 */
static inline unsigned long long nimbos_cycles(void)
{
	unsigned int low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (unsigned long long)high << 32 | low;
}

/**
 * nimbos_senduipi() - send a user interrupt, as the processor's UITT says
 * @index: in the UITT
 *
 * A full barrier. As bytes, since not every assembler knows the name.
 */
static inline void nimbos_senduipi(unsigned long long index)
{
	__asm__ volatile(".byte 0xf3, 0x0f, 0xc7, 0xf0 # senduipi %%rax" : : "a"(index) : "memory");
}

#else
#error "nimbos: write nimbos_mb(), nimbos_relax() and the like for this processor"
#endif

#endif /* NIMBOS_ARCH_H */
