// SPDX-License-Identifier: GPL-2.0
/*
 * From the kernel to a program's main function.
 */
#include "program.h"
#include "sys.h"

#define STATUS_NO_PROGRAM 127

static const struct program programs[] = {
	{ "call", "NR [ARGUMENT]...", main_call },
	{ "cat", "[FILE]...", main_cat },
	{ "copy", "INPUT OUTPUT BLOCK_SIZE [TIMES]", main_copy },
	{ "crash", "", main_crash },
	{ "demo", "INPUT OUTPUT DIRECTORY HOST PORT [BLOCK_SIZE]", main_demo },
	{ "echo", "[WORD]...", main_echo },
	{ "exit", "STATUS", main_exit },
	{ "fork", "DEPTH WIDTH", main_fork },
	{ "garbage", "SEED N", main_garbage },
	{ "hang", "", main_hang },
	{ "nop", "N [poll|irq|adaptive] [BATCH] [TIMES]", main_nop },
	{ "panic", "", main_panic },
	{ "pools", "", main_pools },
	{ "sleep", "MILLISECONDS", main_sleep },
	{ "spin", "MILLISECONDS", main_spin },
	{ "steady", "N poll|irq|adaptive [OUTPUT FILE...]", main_steady },
	{ "stress", "ROUNDS [DIRECTORY]", main_stress },
	{ "threads", "N CALLS", main_threads },
	{ "upids", "SEED ROUNDS [reserved]", main_upids },
};

static void read_args(struct program_state *own)
{
	s64 size = must(sys(NIMBOS_SCF_NR_PROCINFO, own->args, ARGS_SIZE - 1), "PROCINFO");
	char *at = own->args;

	if (size >= ARGS_SIZE)
		fail("the arguments take %ld bytes, %u is the most", size, ARGS_SIZE - 1);
	while (at < own->args + size) {
		if (own->argc == MAX_ARGS)
			fail("more than %u arguments", MAX_ARGS);
		own->argv[own->argc++] = at;
		at += strlen(at) + 1;
	}
}

static int run(int argc, char **argv)
{
	const char *name = argc ? argv[0] : "";

	for (u32 i = 0; i < ARRAY_SIZE(programs); i++) {
		if (!strcmp(name, programs[i].name))
			return programs[i].main(argc, argv);
	}
	print("nimbos-ref: no program '%s'; there are:\n", name);
	for (u32 i = 0; i < ARRAY_SIZE(programs); i++)
		print("  %s %s\n", programs[i].name, programs[i].usage);
	return STATUS_NO_PROGRAM;
}

static void use_state(struct program_state *own)
{
	u64 rsp;

	asm volatile("movq %%rsp, %0" : "=r"(rsp));
	((struct program_state **)((rsp | (STACK_SIZE - 1)) + 1))[-1] = own;
}

void program_main(u64 window, u64 heap_limit, u64 tsc_khz)
{
	struct program_state *own = (struct program_state *)window;

	use_state(own);
	own->heap_end = window + PAGE_UP(sizeof(*own));
	own->heap_limit = heap_limit;
	own->tsc_khz = tsc_khz;
	sys(NR_BRK, own->heap_end);
	read_args(own);
	sys_exit_group(run(own->argc, own->argv));
}

static _Noreturn void worker_main(struct worker *worker)
{
	use_state(worker->state);
	worker->run(worker->argument);
	for (;;)
		sys(NR_EXIT, 0);
}

s64 worker_start(struct worker *worker, void (*task)(void *argument), void *argument, int priority)
{
	*worker = (struct worker){ .run = task, .argument = argument, .state = state() };
	worker->tid = sys(RTOS_NR_THREAD, worker_main, worker, priority);
	return worker->tid < 0 ? worker->tid : 0;
}

void worker_join(struct worker *worker)
{
	must(sys(RTOS_NR_JOIN, worker->tid), "join");
}
