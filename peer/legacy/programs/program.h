/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LEGACY_PROGRAM_H
#define LEGACY_PROGRAM_H

#define MAX_ARGS 8

/**
 * struct program - a command of the first program
 * @name: its first word
 * @nr_args: how many words there are at least
 * @usage: the others, for people
 * @main: what it does; the words follow each other in @args, up to a NULL
 */
struct program {
	const char *name;
	int nr_args;
	const char *usage;
	void (*main)(char **args);
};

void main_beat(char **args);
void main_call(char **args);
void main_console(char **args);
void main_copy(char **args);
void main_copies(char **args);
void main_exec(char **args);
void main_forks(char **args);
void main_hold(char **args);
void main_nop(char **args);
void main_poll(char **args);
void main_stat(char **args);
void main_tree(char **args);

#endif /* LEGACY_PROGRAM_H */
