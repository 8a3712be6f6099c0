// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-bench: how long forwarded calls take.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

static const struct command {
	const char *name;
	int (*run)(const struct bench_options *options);
	const char *help;
} commands[] = {
	{ "native", bench_native, "the rings, polled, between two CPUs of this machine" },
	{ "guest", bench_guest, "a peer on CPU B, in a virtual machine with three CPUs" },
	{ "stages", bench_stages, "the stages of a call, for each way to wait; as guest" },
	{ "count", bench_count, "each way to wait once, for the plugin to count; as guest" },
	{ "counted", bench_counted, "add what the plugin has counted meanwhile" },
	{ "table", bench_table, "print what is in FILE, and judge it" },
};

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void usage(FILE *out)
{
	size_t i;

	fprintf(out, "usage: nimbos-bench [OPTION]... COMMAND\n\n");
	for (i = 0; i < NR_COMMANDS; i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].help);
	fprintf(out,
		"\n"
		"  --json FILE    add the results to those in FILE, instead of printing them\n"
		"  --counts FILE  what the plugin has written (counted)\n"
		"  --untraceable FILE\n"
		"                 the same, of a shadow and a peer whose calls cannot be traced\n"
		"  --plot FILE.svg\n"
		"                 a picture of what is in FILE afterwards, drawn by gnuplot\n"
		"  --cpus A,B     CPUs to run on (0,1)\n"
		"  --rounds N     how often each measurement is repeated, 1 to 10000 (native: 50,\n"
		"                 guest: 12)\n");
}

static int run(const struct command *command, const struct bench_options *options)
{
	int status = command->run(options);

	return options->plot && bench_plot(options) ? 1 : status;
}

int main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "json", required_argument, NULL, 'j' },
		{ "counts", required_argument, NULL, 'n' },
		{ "untraceable", required_argument, NULL, 'u' },
		{ "plot", required_argument, NULL, 'p' },
		{ "cpus", required_argument, NULL, 'c' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct bench_options options = { .cpus = { 0, 1 } };
	int option;
	size_t i;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (option) {
		case 'j':
			options.json = optarg;
			break;
		case 'n':
			options.counts = optarg;
			break;
		case 'u':
			options.untraceable = optarg;
			break;
		case 'p':
			options.plot = optarg;
			break;
		case 'c':
			if (sscanf(optarg, "%d,%d", &options.cpus[0], &options.cpus[1]) != 2 ||
			    options.cpus[0] < 0 || options.cpus[1] < 0 ||
			    options.cpus[0] > 1023 || options.cpus[1] > 1023 ||
			    options.cpus[0] == options.cpus[1]) {
				fprintf(stderr, "nimbos-bench: --cpus %s: want two CPUs, as 0,1\n",
					optarg);
				return 2;
			}
			break;
		case 'r':
			options.rounds = strtoul(optarg, NULL, 10);
			if (!options.rounds || options.rounds > 10000) {
				fprintf(stderr, "nimbos-bench: --rounds %s: want 1 to 10000\n",
					optarg);
				return 2;
			}
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (optind + 1 != argc) {
		usage(stderr);
		return 2;
	}
	if (options.plot && !options.json) {
		fprintf(stderr, "nimbos-bench: --plot: of which file? See --json\n");
		return 2;
	}
	for (i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(argv[optind], commands[i].name))
			return run(&commands[i], &options);
	fprintf(stderr, "nimbos-bench: %s is not a command; see --help\n", argv[optind]);
	return 2;
}
