/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REF_PROGRAM_H
#define REF_PROGRAM_H

#include "types.h"

/**
 * program_main() - where every process begins, at privilege level 3
 * @window: address of its window, the only memory that it can write
 * @heap_limit: end of what it may use of that for a heap; its stacks follow
 * @tsc_khz: frequency of the time-stamp counter
 */
_Noreturn void program_main(u64 window, u64 heap_limit, u64 tsc_khz);

/**
 * struct program - a program, found by its name in argv[0]
 * @name: argv[0]
 * @usage: its arguments, for people
 * @main: returns the exit status
 */
struct program {
	const char *name;
	const char *usage;
	int (*main)(int argc, char **argv);
};

int main_call(int argc, char **argv);
int main_cat(int argc, char **argv);
int main_copy(int argc, char **argv);
int main_crash(int argc, char **argv);
int main_demo(int argc, char **argv);
int main_echo(int argc, char **argv);
int main_exit(int argc, char **argv);
int main_fork(int argc, char **argv);
int main_garbage(int argc, char **argv);
int main_hang(int argc, char **argv);
int main_nop(int argc, char **argv);
int main_panic(int argc, char **argv);
int main_pools(int argc, char **argv);
int main_sleep(int argc, char **argv);
int main_spin(int argc, char **argv);
int main_steady(int argc, char **argv);
int main_stress(int argc, char **argv);
int main_threads(int argc, char **argv);
int main_upids(int argc, char **argv);

#endif /* REF_PROGRAM_H */
