/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The command line that Linux gives: words, separated by blanks.
 */
#ifndef REF_CMDLINE_H
#define REF_CMDLINE_H

#include "types.h"

/**
 * cmdline_find() - look for a word
 * @cmdline: the command line
 * @name: what the word begins with
 *
 * Return: what follows @name in it, or NULL.
 */
const char *cmdline_find(const char *cmdline, const char *name);

/* Whether a word is over where it is @text. */
bool cmdline_is(const char *value, const char *text);

/* The decimal number at @digits. */
u64 cmdline_number(const char *digits);

#endif /* REF_CMDLINE_H */
