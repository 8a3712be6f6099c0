/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbosctl: what a peer is started with, said by options or in a configuration.
 */
#ifndef NIMBOS_CTL_START_H
#define NIMBOS_CTL_START_H

#include "ctl.h"

/**
 * struct start - how to load and start a peer
 * @load: what the module is told to load it
 * @start: and to start it
 * @image: path of its image; NULL if nobody said one
 * @cmdline: command line for it, or NULL
 * @region: its memory, which is reserved, or was pinned before
 * @huge_pages: or how much memory of huge pages it gets
 * @private_size: how much of that is for itself
 * @have_region: @region was said, as with all of these
 * @have_huge_pages: @huge_pages was
 * @have_private: @private_size was
 * @have_cpu: the CPU was
 * @have_legacy: the version was
 * @have_backend: who starts it was
 */
struct start {
	struct nimbos_peer_load load;
	struct nimbos_peer_start start;
	const char *image;
	const char *cmdline;
	struct region region;
	uint64_t huge_pages;
	uint64_t private_size;
	bool have_region;
	bool have_huge_pages;
	bool have_private;
	bool have_cpu;
	bool have_legacy;
	bool have_backend;
};

/* With OPTION_END. */
#define START_OPTIONS 14

struct start_options {
	struct option_spec spec[START_OPTIONS];
};

/* start_options.c: the options of start and restart, which are [peer]'s keys in a configuration. */
struct start_options start_options(struct start *start);

/*
 * Whether what was said goes together; report it if not. To be called before what follows.
 * Return: 0 or CTL_USAGE.
 */
int start_check(const struct ctl *ctl, struct start *start);

/*
 * Give a peer that has no CPU its memory and image; what was not said is found. Report it if that
 * fails. Return: 0 or CTL_FAILED.
 */
int start_load(const struct ctl *ctl, int dev, struct start *start);

/*
 * Start a peer that was loaded, report it if that fails: memory stays with it, as it left it.
 * Return: 0 or CTL_FAILED.
 */
int start_run(const struct ctl *ctl, int dev, const struct start *start);

#endif /* NIMBOS_CTL_START_H */
