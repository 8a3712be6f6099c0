/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbosctl: what its commands share. The commands themselves are one file each.
 */
#ifndef NIMBOS_CTL_H
#define NIMBOS_CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cjson/cJSON.h>

#include "nimbos/nimbos.h"

enum {
	CTL_OK = 0,
	CTL_FAILED = 1,
	CTL_USAGE = 2,
	/* The peer of a service has failed, and is not to be started again. */
	CTL_PEER_FAILED = 3,
	/* Nothing is left to do, as after --help; never an exit status. */
	CTL_DONE = -1,
};

/**
 * struct ctl - what is common to all commands
 * @device: path of the device
 * @json: whether to answer in JSON
 * @cmd: the command that is executed
 */
struct ctl {
	const char *device;
	bool json;
	const struct cmd *cmd;
};

/**
 * struct cmd - a command
 * @name: its name
 * @summary: what it does, in one line
 * @usage: how it is called and all its options, ends with a newline; NULL if it knows by itself
 * @run: executes it with its own argv; returns the exit status
 */
struct cmd {
	const char *name;
	const char *summary;
	const char *usage;
	int (*run)(struct ctl *ctl, int argc, char **argv);
};

int cmd_console(struct ctl *ctl, int argc, char **argv);
int cmd_doctor(struct ctl *ctl, int argc, char **argv);
int cmd_dump(struct ctl *ctl, int argc, char **argv);
int cmd_list(struct ctl *ctl, int argc, char **argv);
int cmd_metrics(struct ctl *ctl, int argc, char **argv);
int cmd_restart(struct ctl *ctl, int argc, char **argv);
int cmd_run(struct ctl *ctl, int argc, char **argv);
int cmd_serve(struct ctl *ctl, int argc, char **argv);
int cmd_start(struct ctl *ctl, int argc, char **argv);
int cmd_status(struct ctl *ctl, int argc, char **argv);
int cmd_stats(struct ctl *ctl, int argc, char **argv);
int cmd_stop(struct ctl *ctl, int argc, char **argv);
int cmd_top(struct ctl *ctl, int argc, char **argv);
int cmd_trace(struct ctl *ctl, int argc, char **argv);

/* output.c */

/* Print the command's usage on standard output. */
int ctl_help(const struct ctl *ctl);

/* Say that it is done. Return: CTL_OK. */
__attribute__((format(printf, 2, 3))) int ctl_answer(const struct ctl *ctl, const char *format,
						     ...);

/* Report a wrong command line. Return: CTL_USAGE. */
__attribute__((format(printf, 2, 3))) int ctl_usage(const struct ctl *ctl, const char *format, ...);

/* Report that something failed. Return: CTL_FAILED. */
__attribute__((format(printf, 2, 3))) int ctl_fail(const struct ctl *ctl, const char *format, ...);

/*
 * Report that an ioctl failed: on what, why, what to do, and the errno's name to look it up by.
 * @message: what the peer says of it; may be empty. Return: CTL_FAILED.
 */
int ctl_fail_ioctl(const struct ctl *ctl, const char *what, unsigned int cmd, int error,
		   const char *message);

/* The same, on a peer as a whole. */
int ctl_fail_peer(const struct ctl *ctl, unsigned int peer, unsigned int cmd, int error);

/* Print a JSON value and free it; NULL is one for which there was no memory. Return: exit status */
int ctl_print_json(const struct ctl *ctl, cJSON *value);

/*
 * Show on a terminal what is going on, in place of what was shown before; nothing with a NULL.
 * Nobody but a terminal gets to see it.
 */
__attribute__((format(printf, 2, 3))) void ctl_progress(const struct ctl *ctl, const char *format,
							...);

/* options.c */

enum option_kind {
	OPTION_FLAG, /* bool */
	OPTION_TEXT, /* const char * */
	OPTION_NUMBER, /* uint32_t */
	OPTION_SIZE, /* uint64_t */
	OPTION_REGION, /* struct region */
	OPTION_WORD, /* uint32_t */
};

/**
 * struct option_spec - an option of a command
 * @name: its long name; NULL ends the table
 * @letter: its short name
 * @kind: what its value is
 * @value: where that goes
 * @given: set if the option is there; or NULL
 * @min: the least that a number may be
 * @max: the most that a number may be
 * @parse: turns a word into its value; false for another word
 * @words: what words there are, for people
 * @key: what it is called in a configuration; NULL for the same as @name
 */
struct option_spec {
	const char *name;
	char letter;
	enum option_kind kind;
	void *value;
	bool *given;
	uint32_t min;
	uint32_t max;
	bool (*parse)(const char *word, uint32_t *value);
	const char *words;
	const char *key;
};

/* After its value, a number has its .min and .max; .given is for whoever wants to know. */
#define OPTION(long_name, short_name, of_kind, variable, ...) \
	{ .name = (long_name), .letter = (short_name), .kind = (of_kind), .value = (variable), \
	  ##__VA_ARGS__ }
#define OPTION_PEER(peer, ...) \
	OPTION("peer", 'p', OPTION_NUMBER, peer, .max = PEERS_ALL - 1, ##__VA_ARGS__)
#define OPTION_END { .name = NULL }

/*
 * Parse a command's options, and --json and --help, which all have; there are no other arguments.
 * Return: 0, CTL_DONE or CTL_USAGE.
 */
int ctl_options(struct ctl *ctl, int argc, char **argv, const struct option_spec *specs);

/* The same for a command that takes more arguments: @rest is where they begin. */
int ctl_options_rest(struct ctl *ctl, int argc, char **argv, const struct option_spec *specs,
		     char ***rest);

/* peers.c */

/* Open the device, report it if that fails. Return: a descriptor, or -1. */
int ctl_open(const struct ctl *ctl);

/* What is known of a peer, as a number; in JSON by its name, as a metric if it has a help text. */
struct peer_field {
	const char *name;
	size_t offset;
	size_t size;
	bool counter;
	const char *unit;
	const char *help;
};

extern const struct peer_field peer_fields[];
extern const size_t peer_fields_count;

uint64_t peer_field_value(const struct peer_field *field, const struct nimbos_query *query);

/* All of it in JSON; NULL if there is not enough memory. */
cJSON *peer_json(const struct nimbos_query *query);

struct peers {
	struct nimbos_query query[NIMBOS_MAX_PEERS];
	unsigned int count;
};

/* Which: a peer's number, or this for all that have memory. */
#define PEERS_ALL UINT32_MAX

/* Ask for peers, report it if that fails. Return: 0 or CTL_FAILED. */
int peers_query(const struct ctl *ctl, uint32_t which, struct peers *peers);

/* Whether the peer's code may be on its CPU, or was until it failed there. */
bool peer_has_cpu(const struct nimbos_query *query);

/* Words for enum nimbos_legacy and enum nimbos_backend, and back; false for another word. */
const char *legacy_name(uint32_t legacy);
bool legacy_parse(const char *name, uint32_t *legacy);
const char *backend_name(uint32_t backend);
bool backend_parse(const char *name, uint32_t *backend);

/* Stop a peer that has a CPU, report it if that fails. Return: 0 or CTL_FAILED. */
int peer_stop(const struct ctl *ctl, int dev, const struct nimbos_query *query);

/*
 * Write what a peer's console holds, report it if that fails: console.c.
 * Return: 0 or CTL_FAILED.
 */
int peer_copy_console(const struct ctl *ctl, unsigned int peer, FILE *out);

/* Write a peer's memory and state to a file, report it if that fails: dump.c. Return: the same. */
int peer_dump(const struct ctl *ctl, const struct nimbos_query *query, const char *path);

/* The part of the machine that a peer can have: region.c */
struct region {
	uint64_t base;
	uint64_t size;
};

/* Parse BASE+SIZE. */
bool region_parse(const char *text, struct region *region);

/*
 * Go through the entries SIZE$BASE[,SIZE$BASE]... of all memmap= on a command line.
 * @text: where to go on; NULL at the end
 * @kind: out: what stands between the two: '$' reserves memory for peers; '@', '#' and '!' do
 *	something else; 0 if it is no such entry
 * Return: the text of the entry, which ends with a comma, a blank or the line; or NULL
 */
const char *region_next(const char **text, struct region *region, char *kind);

/*
 * Find memory that Linux's command line reserves by memmap=SIZE$BASE and no other peer has.
 * Return: whether there is any.
 */
bool region_find(const struct ctl *ctl, unsigned int peer, struct region *region);

/* debugfs.c */

/* Open a peer's file in debugfs, report it if that fails. Return: a descriptor, or -1. */
int ctl_open_debugfs(const struct ctl *ctl, unsigned int peer, const char *name);

#endif /* NIMBOS_CTL_H */
