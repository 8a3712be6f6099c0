/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbosctl: starting, stopping and looking at peers.
 */
#ifndef NIMBOS_CTL_H
#define NIMBOS_CTL_H

#include <stdbool.h>
#include <stdint.h>

#include "nimbos/nimbos.h"

enum {
	CTL_OK = 0,
	CTL_FAILED = 1,
	CTL_USAGE = 2,
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

int cmd_start(struct ctl *ctl, int argc, char **argv);
int cmd_stop(struct ctl *ctl, int argc, char **argv);
int cmd_status(struct ctl *ctl, int argc, char **argv);
int cmd_run(struct ctl *ctl, int argc, char **argv);

/* Print the command's usage on standard output. */
int ctl_help(const struct ctl *ctl);

/* Say that it is done. Return: CTL_OK. */
__attribute__((format(printf, 2, 3))) int ctl_answer(const struct ctl *ctl, const char *format,
						     ...);

/* Report a wrong command line. Return: CTL_USAGE. */
__attribute__((format(printf, 2, 3))) int ctl_usage(const struct ctl *ctl, const char *format, ...);

/* Report that something failed. Return: CTL_FAILED. */
__attribute__((format(printf, 2, 3))) int ctl_fail(const struct ctl *ctl, const char *format, ...);

/* Open the device, report it if that fails. Return: a descriptor, or -1. */
int ctl_open(const struct ctl *ctl);

/* A number from an option's text, reported if it is not within limits. */
bool ctl_number(const struct ctl *ctl, const char *option, const char *text, uint64_t min,
		uint64_t max, uint32_t *number);

/* Words for enum nimbos_legacy and enum nimbos_backend, and back; false for another word. */
const char *legacy_name(uint32_t legacy);
bool legacy_parse(const char *name, uint32_t *legacy);
const char *backend_name(uint32_t backend);
bool backend_parse(const char *name, uint32_t *backend);

/* The part of the machine that a peer can have. */
struct region {
	uint64_t base;
	uint64_t size;
};

/* Parse BASE+SIZE. */
bool region_parse(const char *text, struct region *region);

/*
 * Find memory that Linux's command line reserves by memmap=SIZE$BASE and no other peer has.
 * Return: whether there is any.
 */
bool region_find(int dev, unsigned int peer, struct region *region);

/* The highest CPU that is online, or -1. */
int cpu_last(void);

#endif /* NIMBOS_CTL_H */
