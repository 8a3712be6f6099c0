// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: the commands.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "../common/parse.h"
#include "ctl.h"

static const struct cmd commands[] = {
	{ "start", "give a peer its memory, an image and a CPU, and start it",
	  "Usage: nimbosctl start --image=FILE [OPTION]...\n"
	  "Start a peer and wait until it is up.\n"
	  "\n"
	  "  -i, --image=FILE        its kernel, a flat image\n"
	  "  -p, --peer=N            which peer (default 0)\n"
	  "  -c, --cpu=N             the CPU that it gets (default: the last one that is online)\n"
	  "  -r, --region=BASE+SIZE  its memory (default: what memmap=SIZE$BASE on Linux's\n"
	  "                          command line reserves, and no other peer has)\n"
	  "  -P, --private=SIZE      how much of that is for itself (default: a quarter)\n"
	  "  -a, --cmdline=TEXT      command line for its kernel\n"
	  "  -s, --serial=PORT       I/O address of a serial port for its console (default: none)\n"
	  "  -t, --timeout=MS        how long to wait for it (default 2000)\n"
	  "  -b, --heartbeat=MS      how long it may be silent before it counts as failed\n"
	  "                          (default 5000)\n"
	  "  -l, --legacy=VERSION    the image is from before SCF version 3: v1, v2 or v2-early;\n"
	  "                          its memory is 0x42000000+128M by default, all for itself\n"
	  "  -S, --slots=N           how many slots a legacy image has (default: 1 with v1, else 4)\n"
	  "  -B, --backend=WHO       who starts it: native, rvm (the hypervisor RVM1.5) or auto,\n"
	  "                          which is rvm where that is loaded (default auto)\n",
	  cmd_start },
	{ "stop", "stop a peer and give its CPU back to Linux",
	  "Usage: nimbosctl stop [OPTION]...\n"
	  "Stop a peer, whatever it was doing. Its memory stays as it was, to be looked at.\n"
	  "\n"
	  "  -p, --peer=N  which peer (default 0)\n"
	  "  -u, --unload  give its memory back, too; also for a peer that does not run\n",
	  cmd_stop },
	{ "status", "show the peers",
	  "Usage: nimbosctl status [OPTION]...\n"
	  "Show all peers that have memory.\n"
	  "\n"
	  "  -p, --peer=N  show this one, whatever its state\n"
	  "  -j, --json    in JSON\n",
	  cmd_status },
	{ "run", "run a program of a peer", NULL, cmd_run },
};

static const char usage_text[] = "Usage: nimbosctl [-j] [--device=PATH] COMMAND [OPTION]...\n"
				 "       nimbosctl help [COMMAND]\n"
				 "\n"
				 "Commands:\n";

static const struct cmd *find_command(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	}
	return NULL;
}

static int print_usage(void)
{
	fputs(usage_text, stdout);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		printf("  %-8s %s\n", commands[i].name, commands[i].summary);
	printf("\n"
	       "  -j, --json         answers and errors in JSON\n"
	       "      --device=PATH  the device (default %s)\n"
	       "  -h, --help         print this, or a command's options\n"
	       "\n"
	       "The exit status is 0, 1 if it failed, 2 for a wrong command line; that of 'run'\n"
	       "is the program's.\n",
	       NIMBOS_DEVICE);
	return CTL_OK;
}

int ctl_help(const struct ctl *ctl)
{
	fputs(ctl->cmd->usage, stdout);
	return CTL_OK;
}

/* Print {"name": "text"}. Return: whether there was enough memory. */
static bool print_json(const char *name, const char *text)
{
	cJSON *object = cJSON_CreateObject();
	char *json = NULL;

	if (object && cJSON_AddStringToObject(object, name, text))
		json = cJSON_PrintUnformatted(object);
	if (json)
		puts(json);
	cJSON_free(json);
	cJSON_Delete(object);
	return json;
}

static void report(const struct ctl *ctl, const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0) {
		fputs("nimbosctl: no memory\n", stderr);
		return;
	}
	if (!ctl->json || !print_json("error", text))
		fprintf(stderr, "nimbosctl: %s%s%s\n", ctl->cmd ? ctl->cmd->name : "",
			ctl->cmd ? ": " : "", text);
	free(text);
}

int ctl_answer(const struct ctl *ctl, const char *format, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0)
		return ctl_fail(ctl, "%s", strerror(ENOMEM));
	if (!ctl->json || !print_json("answer", text))
		puts(text);
	free(text);
	return CTL_OK;
}

int ctl_usage(const struct ctl *ctl, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report(ctl, format, args);
	va_end(args);
	return CTL_USAGE;
}

int ctl_fail(const struct ctl *ctl, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report(ctl, format, args);
	va_end(args);
	return CTL_FAILED;
}

int ctl_open(const struct ctl *ctl)
{
	int fd = nimbos_open(ctl->device);

	if (fd >= 0)
		return fd;
	switch (-fd) {
	case ENOENT:
	case ENXIO:
	case ENODEV:
		ctl_fail(ctl, "there is no %s; load the module with 'modprobe nimbos'",
			 ctl->device);
		break;
	case EACCES:
	case EPERM:
		ctl_fail(ctl, "%s may not be opened; run this as root, or as a member of its group",
			 ctl->device);
		break;
	default:
		ctl_fail(ctl, "%s cannot be opened: %s", ctl->device, strerror(-fd));
	}
	return -1;
}

bool ctl_number(const struct ctl *ctl, const char *option, const char *text, uint64_t min,
		uint64_t max, uint32_t *number)
{
	uint64_t value;

	if (!parse_number(text, min, max, &value)) {
		ctl_usage(ctl, "--%s: '%s' is not a number from %llu to %llu", option, text,
			  (unsigned long long)min, (unsigned long long)max);
		return false;
	}
	*number = (uint32_t)value;
	return true;
}

static int run_command(struct ctl *ctl, int argc, char **argv)
{
	/* The next getopt_long() is for another argv. */
	optind = 0;
	return ctl->cmd->run(ctl, argc, argv);
}

static int help_command(struct ctl *ctl, const char *name)
{
	static char *argv[] = { "run", "--help", NULL };

	if (!name)
		return print_usage();
	ctl->cmd = find_command(name);
	if (!ctl->cmd)
		return ctl_usage(ctl, "there is no command '%s'; try 'nimbosctl help'", name);
	return ctl->cmd->usage ? ctl_help(ctl) : run_command(ctl, 2, argv);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "device", required_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct ctl ctl = { .device = NIMBOS_DEVICE };
	int opt;

	while ((opt = getopt_long(argc, argv, "+jh", options, NULL)) != -1) {
		switch (opt) {
		case 'j':
			ctl.json = true;
			break;
		case 'd':
			ctl.device = optarg;
			break;
		case 'h':
			return print_usage();
		default:
			return ctl_usage(&ctl, "try 'nimbosctl help'");
		}
	}
	if (optind == argc)
		return ctl_usage(&ctl, "no command; try 'nimbosctl help'");
	if (!strcmp(argv[optind], "help"))
		return help_command(&ctl, argv[optind + 1]);
	ctl.cmd = find_command(argv[optind]);
	if (!ctl.cmd)
		return ctl_usage(&ctl, "there is no command '%s'; try 'nimbosctl help'",
				 argv[optind]);
	return run_command(&ctl, argc - optind, argv + optind);
}
