// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: command line and start.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/parse.h"
#include "confine.h"
#include "fds.h"
#include "legacy.h"
#include "log.h"
#include "policy.h"
#include "shadow.h"

static const char usage_text[] =
	"Usage: nimbos-shadow [OPTION]... PROGRAM [ARGUMENT]...\n"
	"       nimbos-shadow --legacy [OPTION]...\n"
	"Run PROGRAM, which is one of the peer's, and execute its Linux system calls; or those\n"
	"of a process that a legacy peer starts by itself.\n"
	"\n"
	"  -p, --peer=N          on which peer (default 0)\n"
	"  -l, --lanes=N         how many threads it may have, 1 to 64 (default 16)\n"
	"  -d, --depth=N         calls that a thread may have in flight, a power of two,\n"
	"                        2 to 1024 (default 64)\n"
	"  -w, --window=SIZE     its memory, in bytes, or with K, M or G (default 16M)\n"
	"  -a, --window-va=ADDR  address of that memory\n"
	"  -t, --poll-us=N       stay awake for a call for N microseconds before sleeping\n"
	"                        (default 50); 0 not to\n"
	"      --wait=HOW        auto: look for calls while awake, except on a Linux with one\n"
	"                        CPU, and sleep until a user interrupt if there are any\n"
	"                        (default); irq: no user interrupts; uintr: user interrupts\n"
	"                        while awake, too; poll: stay awake\n"
	"  -c, --config=NAME     confine the program as section [policy] of NAME says, which is\n"
	"                        a file in " CONFIG_DIRECTORY ", or a path; needs root\n"
	"  -L, --legacy          the peer is one from before SCF version 3\n"
	"      --device=PATH     the device (default " NIMBOS_DEVICE ")\n"
	"      --sim=PATH        no device: wait for a peer to connect to a UNIX socket at PATH\n"
	"  -v, --verbose         log more\n"
	"  -h, --help            print this\n"
	"\n"
	"The exit status is the program's; or 2 for a wrong command line, 125 if the shadow\n"
	"could not start, 126 if the peer was stopped or failed, 127 if it broke the protocol.\n";

enum {
	OPT_DEVICE = 256,
	OPT_SIM,
	OPT_WAIT,
};

static const struct option options[] = {
	{ "peer", required_argument, NULL, 'p' },
	{ "lanes", required_argument, NULL, 'l' },
	{ "depth", required_argument, NULL, 'd' },
	{ "window", required_argument, NULL, 'w' },
	{ "window-va", required_argument, NULL, 'a' },
	{ "poll-us", required_argument, NULL, 't' },
	{ "wait", required_argument, NULL, OPT_WAIT },
	{ "config", required_argument, NULL, 'c' },
	{ "legacy", no_argument, NULL, 'L' },
	{ "device", required_argument, NULL, OPT_DEVICE },
	{ "sim", required_argument, NULL, OPT_SIM },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static struct shadow shadow = {
	.open = device_open,
	.serve = worker_serve,
	.can_fork = true,
	.device = NIMBOS_DEVICE,
	.poll_ns = 50000,
	.shape = { .lanes = 16, .depth = 64, .window_size = 16 << 20 },
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.exit_status = -1,
	.parent_fd = -1,
};

/* The command line says what peer it is, and the configuration if that does not. */
static struct {
	const char *config;
	bool peer_given;
	bool verbose;
} given;

static uint64_t number(const char *name, const char *text, uint64_t min, uint64_t max)
{
	uint64_t value;

	if (parse_number(text, min, max, &value))
		return value;
	fprintf(stderr, "nimbos-shadow: --%s: '%s' is not a number from %llu to %llu\n", name, text,
		(unsigned long long)min, (unsigned long long)max);
	exit(EXIT_USAGE);
}

static uint64_t size(const char *name, const char *text)
{
	uint64_t value;

	if (parse_size(text, NULL, &value) && value && !(value % 4096))
		return value;
	fprintf(stderr, "nimbos-shadow: --%s: '%s' is not a size in whole pages of "
			"4K\n", name, text);
	exit(EXIT_USAGE);
}

static void parse_option(int opt)
{
	switch (opt) {
	case 'p':
		shadow.shape.peer = (__u32)number("peer", optarg, 0, NIMBOS_MAX_PEERS - 1);
		given.peer_given = true;
		break;
	case 'c':
		given.config = optarg;
		break;
	case 'l':
		shadow.shape.lanes = (__u32)number("lanes", optarg, 1, NIMBOS_SCF_MAX_LANES);
		break;
	case 'd':
		shadow.shape.depth = (__u32)number("depth", optarg, NIMBOS_SCF_MIN_DEPTH,
						   NIMBOS_SCF_MAX_DEPTH);
		break;
	case 'w':
		shadow.shape.window_size = size("window", optarg);
		break;
	case 'a':
		shadow.shape.window_va = number("window-va", optarg, 4096, 1ULL << 46);
		break;
	case 't':
		shadow.poll_ns = number("poll-us", optarg, 0, 60000000) * 1000;
		break;
	case OPT_WAIT:
		if (!waiting_parse(optarg, &shadow.waiting)) {
			fprintf(stderr, "nimbos-shadow: --wait: '%s' is none of auto, poll, uintr, "
					"irq\n", optarg);
			exit(EXIT_USAGE);
		}
		break;
	case 'L':
		shadow.open = legacy_open;
		shadow.serve = legacy_serve;
		shadow.can_fork = true;
		break;
	case OPT_DEVICE:
		shadow.device = optarg;
		break;
	case OPT_SIM:
		shadow.device = optarg;
		shadow.open = sim_open;
		shadow.serve = worker_serve;
		shadow.can_fork = false;
		break;
	case 'v':
		given.verbose = true;
		break;
	case 'h':
		fputs(usage_text, stdout);
		exit(0);
	default:
		fputs("nimbos-shadow: try 'nimbos-shadow --help'\n", stderr);
		exit(EXIT_USAGE);
	}
}

/* The program's arguments in a row, as it asks for them. */
static int pack_args(char **argv)
{
	char *at;

	for (char **arg = argv; *arg; arg++)
		shadow.args_size += strlen(*arg) + 1;
	shadow.args = malloc(shadow.args_size);
	if (!shadow.args)
		return -ENOMEM;
	at = shadow.args;
	for (char **arg = argv; *arg; arg++)
		at = stpcpy(at, *arg) + 1;
	return 0;
}

/* The program may close descriptor 2, or open something else there. */
static int own_log(void)
{
	int fd = dup(STDERR_FILENO);

	if (fd < 0)
		return -errno;
	fd = fds_own(fd);
	if (fd < 0)
		return fd;
	log_set_fd(fd);
	return 0;
}

static int start(char **argv)
{
	int error = pack_args(argv);

	if (shadow.policy && confine_limits(shadow.policy))
		return -EPERM;
	if (!error)
		error = fds_init(&shadow.fd_floor);
	if (!error)
		error = own_log();
	if (!error)
		error = refusal_init();
	if (error) {
		log_line(LOG_ERR, "cannot set the process up, look at its limits", "error=%d",
			 -error);
		return error;
	}
	if (shadow.policy && confine_prepare(shadow.policy))
		return -EPERM;
	error = serve_init(&shadow);
	if (error) {
		log_line(LOG_ERR, "cannot take signals", "error=%d", -error);
		return error;
	}
	if (shadow.policy && shadow.can_fork) {
		error = opener_start(shadow.device);
		if (error) {
			log_line(LOG_ERR, "cannot have children open the device", "error=%d",
				 -error);
			return error;
		}
	}
	error = serve_open(&shadow);
	if (!error)
		error = confine(shadow.policy);
	return error ? error : serve_start(&shadow, NIMBOS_SCF_SERVER_READY);
}

static int read_config(void)
{
	static struct policy policy;
	char what[CONFIG_ERROR_SIZE];
	uint32_t peer = 0;
	int error = policy_read(given.config, &peer, &policy, what);

	if (error) {
		fprintf(stderr, "nimbos-shadow: --config: %s\n", what);
		return error;
	}
	shadow.policy = &policy;
	if (!given.peer_given)
		shadow.shape.peer = peer;
	return 0;
}

int main(int argc, char **argv)
{
	int opt;

	/* With a plus sign: the program's own options are not ours. */
	while ((opt = getopt_long(argc, argv, "+p:l:d:w:a:t:c:Lvh", options, NULL)) != -1)
		parse_option(opt);
	if (optind == argc && shadow.open != legacy_open) {
		fputs("nimbos-shadow: no program; try 'nimbos-shadow --help'\n", stderr);
		return EXIT_USAGE;
	}
	if (optind < argc && shadow.open == legacy_open) {
		fprintf(stderr, "nimbos-shadow: '%s': a legacy peer's program is its own choice\n",
			argv[optind]);
		return EXIT_USAGE;
	}
	if (shadow.shape.depth & (shadow.shape.depth - 1)) {
		fprintf(stderr, "nimbos-shadow: --depth: %u is not a power of two\n",
			shadow.shape.depth);
		return EXIT_USAGE;
	}
	if (given.config && shadow.open == legacy_open) {
		fputs("nimbos-shadow: --config: the memory of a legacy peer wants rights that a "
		      "policy takes away; use --config or --legacy\n", stderr);
		return EXIT_USAGE;
	}
	log_init(given.verbose);
	if (given.config && read_config())
		return EXIT_NOT_STARTED;
	if (start(argv + optind))
		return EXIT_NOT_STARTED;
	serve_wait(&shadow);
}
