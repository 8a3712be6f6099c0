// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: the commands.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "ctl.h"

#define PEER_OPTIONS                                                                              \
	"  -p, --peer=N            which peer (default 0)\n"                                      \
	"  -i, --image=FILE        its kernel, a flat image\n"                                    \
	"  -a, --cmdline=TEXT      command line for its kernel\n"                                 \
	"  -s, --serial=PORT       I/O address of a serial port for its console (default: none)\n" \
	"  -t, --timeout=MS        how long to wait for it (default 2000)\n"                      \
	"  -b, --heartbeat=MS      how long it may be silent before it counts as failed\n"        \
	"                          (default 5000)\n"                                              \
	"  -l, --legacy=VERSION    the image is from before SCF version 3: v1, v2 or v2-early;\n"  \
	"                          its memory is 0x42000000+128M by default, all for itself\n"     \
	"  -S, --slots=N           how many slots a legacy image has (default: 1 with v1, else\n"  \
	"                          4)\n"                                                           \
	"  -B, --backend=WHO       who starts it: native, rvm (the hypervisor RVM1.5) or auto,\n"  \
	"                          which is rvm where that is loaded (default auto)\n"

#define OUTPUT_OPTIONS                                             \
	"  -j, --json              answers and errors in JSON\n"   \
	"  -h, --help              print this\n"

#define FILTER_OPTIONS                                                                  \
	"  -p, --peer=N            of this peer only\n"                                \
	"  -s, --slot=N            of this slot only, which is a process\n"            \
	"  -l, --lane=N            of this lane only, which is a thread of a process\n" \
	"  -e, --calls=NAME,...    these calls only; 'help' shows their names\n"

static const struct cmd commands[] = {
	{ "console", "show what a peer has written on its console",
	  "Usage: nimbosctl console [OPTION]...\n"
	  "Show the end of what a peer has written on its console, also after it has crashed.\n"
	  "\n"
	  "  -p, --peer=N            which peer (default 0)\n"
	  "  -f, --follow            go on as it writes more\n" OUTPUT_OPTIONS,
	  cmd_console },
	{ "doctor", "look whether peers can be started here, and say what to do if not",
	  "Usage: nimbosctl doctor [OPTION]...\n"
	  "Look whether peers can be started on this machine. Each thing looked at is a line: ok,\n"
	  "warning or fail, and then what to do about it, and its cause in brackets, a word that\n"
	  "stays the same. Nothing is changed. Run it as root, who may read all that there is.\n"
	  "\n"
	  "  -r, --root=DIR          look at the files of a system below this directory, and at\n"
	  "                          nothing else (default /)\n" OUTPUT_OPTIONS
	  "\n"
	  "The exit status is 1 if there is a fail.\n",
	  cmd_doctor },
	{ "dump", "write a peer's memory and state to a file",
	  "Usage: nimbosctl dump --output=FILE [OPTION]...\n"
	  "Write a peer's memory and state to an ELF core file, which gdb and readelf read: a\n"
	  "segment at the region's physical address, and a note with the state in JSON.\n"
	  "A peer that runs is not stopped for it.\n"
	  "\n"
	  "  -p, --peer=N            which peer (default 0)\n"
	  "  -o, --output=FILE       the file, which only its owner can read\n" OUTPUT_OPTIONS,
	  cmd_dump },
	{ "list", "show the peers, a line for each",
	  "Usage: nimbosctl list [OPTION]...\n"
	  "Show all peers that have memory, a line for each.\n"
	  "\n" OUTPUT_OPTIONS,
	  cmd_list },
	{ "metrics", "print counters and gauges for Prometheus",
	  "Usage: nimbosctl metrics [OPTION]...\n"
	  "Print what there is to count of all peers that have memory, in OpenMetrics' text\n"
	  "format, as node_exporter's textfile collector reads it.\n"
	  "\n"
	  "  -o, --output=FILE       replace this file, in one step\n"
	  "  -j, --json              errors in JSON\n"
	  "  -h, --help              print this\n",
	  cmd_metrics },
	{ "restart", "stop a peer and start it again",
	  "Usage: nimbosctl restart --image=FILE [OPTION]...\n"
	  "Stop a peer if it runs, load it again, start it and wait until it is up.\n"
	  "\n" PEER_OPTIONS
	  "  -c, --cpu=N             the CPU that it gets (default: the one that it had)\n"
	  "  -r, --region=BASE+SIZE  its memory (default: what it has)\n"
	  "  -H, --huge-pages=SIZE   instead, huge pages of Linux's, for which nothing has to be\n"
	  "                          reserved\n"
	  "  -P, --private=SIZE      how much of that is for itself (default: as it was)\n"
	  OUTPUT_OPTIONS,
	  cmd_restart },
	{ "run", "run a program of a peer", NULL, cmd_run },
	{ "serve", "start a peer as its configuration says, and look after it",
	  "Usage: nimbosctl serve [OPTION]... NAME\n"
	  "Start a peer as /etc/nimbos/NAME.conf says, and look after it until there is SIGTERM,\n"
	  "upon which it is stopped. When it fails, the end of what it wrote on its console and\n"
	  "its state are kept in /var/lib/nimbos/NAME/crashes, and it is started again. This is\n"
	  "what the service nimbos@NAME does.\n"
	  "\n"
	  "  -j, --json              what happens in JSON, a value on each line; errors, too\n"
	  "  -h, --help              print this\n",
	  cmd_serve },
	{ "start", "give a peer its memory, an image and a CPU, and start it",
	  "Usage: nimbosctl start --image=FILE [OPTION]...\n"
	  "Start a peer and wait until it is up.\n"
	  "\n" PEER_OPTIONS
	  "  -c, --cpu=N             the CPU that it gets (default: the last one that is online)\n"
	  "  -r, --region=BASE+SIZE  its memory (default: what memmap=SIZE$BASE on Linux's\n"
	  "                          command line reserves, and no other peer has)\n"
	  "  -H, --huge-pages=SIZE   instead, huge pages of Linux's, for which nothing has to be\n"
	  "                          reserved\n"
	  "  -P, --private=SIZE      how much of that is for itself (default: a quarter)\n"
	  OUTPUT_OPTIONS,
	  cmd_start },
	{ "stats", "measure how long forwarded calls take",
	  "Usage: nimbosctl stats [OPTION]... [-- run [OPTION]... PROGRAM [ARGUMENT]...]\n"
	  "Measure forwarded calls: how many there are, and how their time is distributed, in all\n"
	  "and in each of their stages. With a program, run it and measure its calls only; else\n"
	  "those of all programs, for some time or until there is a signal.\n"
	  "\n" FILTER_OPTIONS
	  "  -d, --duration=MS       for so long (default: until there is a signal)\n"
	  "  -o, --output=FILE       to a file; else to standard output, and with a program to\n"
	  "                          standard error\n"
	  "  -P, --plot=FILE         draw it, too: a file in SVG\n" OUTPUT_OPTIONS
	  "\n"
	  "The exit status is the program's if there is one.\n",
	  cmd_stats },
	{ "status", "show all that is known of peers",
	  "Usage: nimbosctl status [OPTION]...\n"
	  "Show all peers that have memory.\n"
	  "\n"
	  "  -p, --peer=N            show this one, whatever its state\n" OUTPUT_OPTIONS,
	  cmd_status },
	{ "stop", "stop a peer and give its CPU back to Linux",
	  "Usage: nimbosctl stop [OPTION]...\n"
	  "Stop a peer, whatever it was doing. Its memory stays as it was, to be looked at.\n"
	  "\n"
	  "  -p, --peer=N            which peer (default 0)\n"
	  "  -u, --unload            give its memory back, too; also for a peer that does not run\n"
	  OUTPUT_OPTIONS,
	  cmd_stop },
	{ "top", "show what programs forward, again and again",
	  "Usage: nimbosctl top [OPTION]...\n"
	  "Show each process that forwards calls, a line for each: its slot and process ID, calls\n"
	  "and errors in a second, how long a call takes, and how many threads make them; what\n"
	  "makes most calls comes first. On a terminal each picture replaces the one before.\n"
	  "\n" FILTER_OPTIONS
	  "  -i, --interval=MS       how long each picture takes to make (default 1000)\n"
	  "  -n, --number=N          so many pictures (default: until there is a signal)\n"
	  "  -j, --json              JSON, a picture on each line; errors, too\n"
	  "  -h, --help              print this\n",
	  cmd_top },
	{ "trace", "show forwarded calls as they are answered",
	  "Usage: nimbosctl trace [OPTION]... [-- run [OPTION]... PROGRAM [ARGUMENT]...]\n"
	  "Show forwarded calls, a line for each once it has been answered: peer, slot and lane,\n"
	  "the call and its arguments, what it returned, and how long each of its stages took.\n"
	  "With a program, run it and show its calls only; else show those of all programs until\n"
	  "there is a signal.\n"
	  "\n" FILTER_OPTIONS
	  "  -P, --pending           instead those that have not been answered at this moment\n"
	  "  -c, --count             no lines, but at the end a summary for each kind of call\n"
	  "  -o, --output=FILE       to a file; else to standard output, and with a program to\n"
	  "                          standard error\n"
	  "  -j, --json              JSON, a value on each line; errors, too\n"
	  "  -h, --help              print this\n"
	  "\n"
	  "The exit status is the program's if there is one.\n",
	  cmd_trace },
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
	       "and of 'trace' and 'stats' with a program is the program's.\n",
	       NIMBOS_DEVICE);
	return CTL_OK;
}

static int run_command(struct ctl *ctl, int argc, char **argv)
{
	int status;

	/* The next getopt_long() is for another argv. */
	optind = 0;
	status = ctl->cmd->run(ctl, argc, argv);
	return status == CTL_DONE ? CTL_OK : status;
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
