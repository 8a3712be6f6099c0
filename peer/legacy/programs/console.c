// SPDX-License-Identifier: GPL-2.0
/*
 * Console input: while one thread waits for a line, others call.
 */
#include "lib.h"
#include "program.h"

#define CALLS_MEANWHILE 100

static char line[LINE_SIZE + 1];
static bool done;

static void reader(void *unused)
{
	if (read_line(line, sizeof(line)) < 0)
		fail("console: the input has ended");
	WRITE_ONCE(done, true);
	leave(0);
}

void main_console(char **args)
{
	u64 calls = 0;

	must(sys(RTOS_THREAD, reader, NULL), "thread");
	while (calls < CALLS_MEANWHILE && !READ_ONCE(done)) {
		must(sys(RTOS_NOP, NULL), "nop");
		calls++;
	}
	print("console: %lu calls meanwhile\n", calls);
	must(sys(RTOS_JOIN), "join");
	print("console: '%s'\n", line);
}
