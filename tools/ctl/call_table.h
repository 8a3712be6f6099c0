/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbosctl: names of forwarded calls, and what their arguments are.
 */
#ifndef NIMBOS_CTL_CALL_TABLE_H
#define NIMBOS_CTL_CALL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What an argument is. */
#define KIND_NONE 0
#define KIND_VALUE 'v'
#define KIND_FD 'f'
#define KIND_POINTER 'p'

/**
 * struct call_info - a call
 * @name: as Linux has it; NULL for a number that nobody uses
 * @arg: a KIND_ for each argument
 * @has_args: @arg is known; else nobody forwards this call, and its arguments are just words
 */
struct call_info {
	const char *name;
	char arg[6];
	bool has_args;
};

/* What is known of a call, by its number in SCF. Never NULL. */
const struct call_info *call_find(uint32_t nr);

/* Go through all numbers of a name: the first one after @nr, which is -1 to begin. Or -1. */
int call_next(const char *name, int nr);

/* A line for each name that there is. */
void call_print_names(FILE *out);

/* Whether a call has one of some names, which are separated by commas. */
bool call_has_name(uint32_t nr, const char *names);

/**
 * call_print_arg() - an argument as a program's author would have written it
 * @text: out: the text
 * @size: of @text
 * @nr: which call
 * @no: which of its arguments
 * @value: what that is
 */
void call_print_arg(char *text, size_t size, uint32_t nr, unsigned int no, uint64_t value);

/* How many arguments are worth printing. */
unsigned int call_count_args(uint32_t nr, const uint64_t args[6]);

#endif /* NIMBOS_CTL_CALL_TABLE_H */
