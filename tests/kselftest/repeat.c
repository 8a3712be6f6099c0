// SPDX-License-Identifier: GPL-2.0
/*
 * repeat N PROGRAM...: runs each program N times in a row; TAP, one result for each.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Whether it has passed; a run that does not end is ended by the guest's time limit. */
static bool run(char *program)
{
	char *argv[] = { program, NULL };
	int status;
	pid_t pid = fork();

	if (!pid) {
		execv(program, argv);
		perror(program);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return false;
	if (WIFSIGNALED(status))
		printf("# killed by signal %d\n", WTERMSIG(status));
	return !status;
}

int main(int argc, char **argv)
{
	unsigned long runs = argc > 1 ? strtoul(argv[1], NULL, 0) : 0;
	bool failed = false;

	setlinebuf(stdout);
	if (!runs || argc < 3) {
		fputs("usage: repeat N PROGRAM...\n", stderr);
		return 2;
	}
	printf("1..%d\n", argc - 2);
	for (int i = 2; i < argc; i++) {
		const char *name = strrchr(argv[i], '/') ? strrchr(argv[i], '/') + 1 : argv[i];
		unsigned long passed = 0;

		while (passed < runs && run(argv[i]))
			passed++;
		if (passed == runs)
			printf("ok %d - %s, %lu runs\n", i - 1, name, runs);
		else
			printf("not ok %d - %s, run %lu of %lu\n", i - 1, name, passed + 1, runs);
		failed |= passed != runs;
	}
	return failed;
}
