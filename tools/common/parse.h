/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers on command lines.
 */
#ifndef NIMBOS_COMMON_PARSE_H
#define NIMBOS_COMMON_PARSE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * parse_number() - a whole number, decimal or with 0x, within limits
 * @text: the text
 * @min: the least that is right
 * @max: the most that is right
 * @number: out: the number
 *
 * Return: whether @text is such a number and nothing else.
 */
bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *number);

/**
 * parse_size() - a number of bytes, with K, M or G behind it if need be
 * @text: the text
 * @end: out: what follows the size; NULL if nothing may
 * @size: out: the size
 *
 * Return: whether @text begins with a size.
 */
bool parse_size(const char *text, const char **end, uint64_t *size);

#endif /* NIMBOS_COMMON_PARSE_H */
