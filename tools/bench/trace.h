/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbos: every access to memory that an object makes, told to the program.
 *
 * An object that is compiled with -fsanitize=thread and linked without the sanitizer's library
 * calls the functions in trace.c instead. They make atomic accesses themselves, so that a program
 * can change a word right after it has been read.
 */
#ifndef NIMBOS_TRACE_H
#define NIMBOS_TRACE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * trace_access() - an access; the program defines this
 * @at: address of the first byte
 * @size: number of bytes
 * @is_write: whether it is a store. An atomic access has been made by now, another is made next
 */
void trace_access(volatile void *at, size_t size, bool is_write);

#endif /* NIMBOS_TRACE_H */
