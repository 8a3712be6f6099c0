// SPDX-License-Identifier: GPL-2.0
/*
 * The first program: does what the lines of standard input say, until they end.
 */
#include "lib.h"
#include "program.h"

static const struct program programs[] = {
	{ "beat", 2, "THREADS", main_beat },
	{ "call", 2, "OPCODE [ARGUMENT]...", main_call },
	{ "console", 1, "", main_console },
	{ "copy", 3, "INPUT OUTPUT", main_copy },
	{ "copies", 3, "THREADS DIRECTORY", main_copies },
	{ "exec", 2, "FILE", main_exec },
	{ "forks", 2, "N", main_forks },
	{ "hold", 2, "CYCLES", main_hold },
	{ "nop", 2, "N [TIMES]", main_nop },
	{ "poll", 2, "0|1", main_poll },
	{ "stat", 2, "PATH", main_stat },
	{ "tree", 4, "PROCESSES THREADS DIRECTORY", main_tree },
};

static int split(char *line, char **words)
{
	int n = 0;

	while (*line && n < MAX_ARGS) {
		words[n++] = line;
		while (*line && *line != ' ')
			line++;
		if (*line)
			*line++ = '\0';
	}
	words[n] = NULL;
	return n;
}

static void run(char *line)
{
	char *words[MAX_ARGS + 1];
	int n = split(line, words);

	for (u32 i = 0; n && i < ARRAY_SIZE(programs); i++) {
		if (strcmp(words[0], programs[i].name))
			continue;
		if (n < programs[i].nr_args)
			fail("usage: %s %s", programs[i].name, programs[i].usage);
		programs[i].main(words);
		return;
	}
	fail("'%s' is nothing that can be done", n ? words[0] : "");
}

void _start(void);
void _start(void)
{
	char line[LINE_SIZE + 1];

	while (read_line(line, sizeof(line)) >= 0)
		run(line);
	leave(0);
}
