/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Configuration of peers: files of sections with keys, one file for each peer.
 */
#ifndef NIMBOS_COMMON_CONFIG_H
#define NIMBOS_COMMON_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

/* Where a plain name is looked up, with ".conf" behind it. */
#define CONFIG_DIRECTORY "/etc/nimbos"

/* Room for what is wrong with a file, in a sentence. */
#define CONFIG_ERROR_SIZE 512

enum config_kind {
	CONFIG_TEXT, /* char *, allocated */
	CONFIG_FLAG, /* bool; yes or no */
	CONFIG_NUMBER, /* uint32_t */
	CONFIG_SIZE, /* uint64_t */
	CONFIG_WORD, /* whatever @parse makes of it */
};

/**
 * struct config_key - a key that a caller wants to know
 * @section: the section that it is in; NULL ends the table
 * @name: its name
 * @kind: what its value is
 * @value: where that goes; stays as it is if the key is not in the file
 * @given: set if the key is in the file; or NULL
 * @min: the least that a number or size may be
 * @max: the most that a number or size may be; 0 for no limit
 * @parse: turns a word into its value, which it gets as it is; false for a wrong word
 * @words: what is right, for people
 * @list: whether the key may come several times: @parse is called for each
 * @among_others: the section has keys of somebody else's, too
 */
struct config_key {
	const char *section;
	const char *name;
	enum config_kind kind;
	void *value;
	bool *given;
	uint64_t min;
	uint64_t max;
	bool (*parse)(const char *word, void *value);
	const char *words;
	bool list;
	bool among_others;
};

/* After its value, a number has its .min and .max, a word its .parse and .words. */
#define CONFIG_KEY(of_section, key_name, of_kind, variable, ...) \
	{ .section = (of_section), .name = (key_name), .kind = (of_kind), .value = (variable), \
	  ##__VA_ARGS__ }
#define CONFIG_END { .section = NULL }

/**
 * config_read() - read a peer's configuration
 * @name: a plain name of letters, digits, '-' and '_', of a file in CONFIG_DIRECTORY; or a path,
 *	which has a slash in it
 * @keys: the keys of all sections that the caller wants to know; others in these sections are
 *	errors, unless one of @keys says that there are such
 * @error: out: what is wrong, with file, line, key and value where there are such
 *
 * What root reads must be root's, and nobody else's to write. Values that were read before an error
 * are set.
 *
 * Return: 0, or a negative errno: -EINVAL for what is wrong in the file or its name, -EPERM if it
 * may be somebody else's, others from opening and reading it.
 */
int config_read(const char *name, const struct config_key *keys, char error[CONFIG_ERROR_SIZE]);

#endif /* NIMBOS_COMMON_CONFIG_H */
