/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * nimbos: access to memory that another processor, or another kernel, writes at the same time.
 *
 * Shared words are only ever touched through these. They are the compiler's atomics, so they mean
 * the same to every architecture and to the thread sanitizer; what is special to a processor, and
 * one that it does shorter, is in nimbos_arch.h.
 */
#ifndef NIMBOS_MEM_H
#define NIMBOS_MEM_H

/* Whether a sanitizer is to see each access. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NIMBOS_IS_INSTRUMENTED
#endif
#elif defined(__SANITIZE_THREAD__)
#define NIMBOS_IS_INSTRUMENTED
#endif

#include "nimbos_arch.h"

/* Who measures what it costs to look whether calls are traced builds both sides without. */
#ifdef NIMBOS_NEVER_TRACED
#define NIMBOS_TRACEABLE 0
#else
#define NIMBOS_TRACEABLE 1
#endif

/* Exactly one load or store, in no order to others. */
#define nimbos_read(ptr) __atomic_load_n((ptr), __ATOMIC_RELAXED)
#define nimbos_write(ptr, value) __atomic_store_n((ptr), (value), __ATOMIC_RELAXED)

/* Whether a word is not 0, by nimbos_read(): for what is looked at with each call. */
#ifndef nimbos_is_set
#define nimbos_is_set(word) (nimbos_read(word) != 0)
#endif

/* What follows in the program stays behind the load. */
#define nimbos_load_acquire(ptr) __atomic_load_n((ptr), __ATOMIC_ACQUIRE)

/* What precedes in the program stays ahead of the store. */
#define nimbos_store_release(ptr, value) __atomic_store_n((ptr), (value), __ATOMIC_RELEASE)

/* Locked operations, each a full barrier; the first three return what was there before. */
#define nimbos_exchange(ptr, value) __atomic_exchange_n((ptr), (value), __ATOMIC_SEQ_CST)
#define nimbos_fetch_or(ptr, bits) __atomic_fetch_or((ptr), (bits), __ATOMIC_SEQ_CST)
#define nimbos_fetch_and(ptr, bits) __atomic_fetch_and((ptr), (bits), __ATOMIC_SEQ_CST)
/* Whether *@ptr was *@expected, and so became @value; if not, *@expected is what it is. */
#define nimbos_compare_exchange(ptr, expected, value)                                       \
	__atomic_compare_exchange_n((ptr), (expected), (value), false, __ATOMIC_SEQ_CST, \
				    __ATOMIC_RELAXED)

#endif /* NIMBOS_MEM_H */
