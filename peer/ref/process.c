// SPDX-License-Identifier: GPL-2.0
/*
 * Processes: how they begin and how they end.
 */
#include "call_log.h"
#include "console.h"
#include "cpu.h"
#include "errno.h"
#include "layout.h"
#include "memory.h"
#include "paging.h"
#include "process.h"
#include "programs/program.h"
#include "sched.h"
#include "time.h"

/* A lane that its program has spoilt gives no answer; to detach must be enough then. */
#define EXIT_TIMEOUT_NS (5 * NS_PER_SECOND)

static struct thread *manager;
/* The epoch in which a slot wants a process, 0 for none. */
static u32 wanted[NIMBOS_SCF_MAX_SLOTS];
static u32 nr_processes;

u32 processes_alive(void)
{
	return nr_processes;
}

struct process *process_alloc(void)
{
	struct process *process = page_alloc();

	if (!process)
		return NULL;
	process->lane[0] = page_alloc();
	if (!process->lane[0]) {
		page_free(process);
		return NULL;
	}
	nr_processes++;
	return process;
}

void process_free(struct process *process)
{
	for (u32 i = 0; i < NIMBOS_SCF_MAX_LANES; i++) {
		if (process->lane[i])
			page_free(process->lane[i]);
	}
	if (process->root)
		paging_root_free(process->root);
	page_free(process);
	nr_processes--;
	/* Others may wait for the memory. */
	thread_wake(manager);
}

void process_release(struct process *process)
{
	if (process->failed_calls || (process->died && !process->exiting))
		kernel_log("slot %u: shadow gone, process ended, %u calls failed (ECONNRESET)",
			   process->slot.no, process->failed_calls);
	nimbos_client_slot_detach(&process->slot);
	process_free(process);
}

int process_map(struct process *process)
{
	const struct nimbos_client_slot *slot = &process->slot;
	u64 va = slot->window_va, end = va + slot->window_size;
	u64 window = virt_to_phys(slot->window);
	u64 stacks_start;

	process->nr_stacks = slot->window_size / 2 / USER_STACK_SIZE;
	if (process->nr_stacks > slot->lanes)
		process->nr_stacks = slot->lanes;
	process->stacks_end = end & ~(USER_STACK_SIZE - 1);
	if (!process->nr_stacks || end > PROGRAM_SPACE_END)
		return -EINVAL;
	stacks_start = process->stacks_end - process->nr_stacks * USER_STACK_SIZE;
	process->heap_end = va;

	process->root = paging_root_alloc();
	if (!process->root ||
	    !paging_map(process->root, va, window, stacks_start - va, MAP_WRITE | MAP_USER))
		return -ENOMEM;
	for (u64 at = stacks_start; at < process->stacks_end; at += USER_STACK_SIZE) {
		if (!paging_map(process->root, at + PAGE_SIZE, window + (at + PAGE_SIZE - va),
				USER_STACK_SIZE - PAGE_SIZE, MAP_WRITE | MAP_USER))
			return -ENOMEM;
	}
	return 0;
}

struct nimbos_client_lane *process_lane(struct process *process, u32 no)
{
	struct lane_page *page = process->lane[no];

	if (!page) {
		page = page_alloc();
		if (!page)
			return NULL;
		process->lane[no] = page;
	}
	if (!process->slot.lane[no])
		nimbos_client_lane_open(&process->slot, &page->lane, no, page->calls,
					ARRAY_SIZE(page->calls));
	return &page->lane;
}

static void program_start(void)
{
	thread_return_to_user();
	frame_resume(thread_frame(thread_current));
}

struct thread *process_thread(struct process *process, u32 lane, u32 stack,
			      const struct frame *frame)
{
	struct thread *thread = thread_create(program_start, 0);

	if (!thread)
		return NULL;
	*thread_frame(thread) = *frame;
	thread->process = process;
	thread->lane = lane;
	thread->stack = stack;
	process->lane[lane]->lane.data = thread;
	process->threads[lane] = thread;
	process->stacks_used |= 1UL << stack;
	process->nr_threads++;
	return thread;
}

/* The thread is its process's no more, and those that wait for its end may look. */
static void forget_thread(struct thread *thread)
{
	struct process *process = thread->process;

	process->lane[thread->lane]->lane.data = NULL;
	process->threads[thread->lane] = NULL;
	process->stacks_used &= ~(1UL << thread->stack);
	process->nr_threads--;
	thread->process = NULL;
	for (u32 i = 0; i < NIMBOS_SCF_MAX_LANES; i++) {
		if (process->threads[i])
			thread_wake(process->threads[i]);
	}
}

void process_thread_destroy(struct thread *thread)
{
	forget_thread(thread);
	thread_destroy(thread);
}

void process_leave(void)
{
	struct process *process = thread_current->process;

	forget_thread(thread_current);
	if (!process->nr_threads) {
		/* The root that is in use goes away with the process. */
		paging_switch(NULL);
		process_release(process);
	}
	thread_exit();
}

static void say_exit(struct nimbos_client_lane *lane, int status)
{
	struct nimbos_client_result result;
	const __u64 args[6] = { status };

	lane->poll_ns = 0;
	lane->timeout_ns = EXIT_TIMEOUT_NS;
	if (!nimbos_client_call(lane, NIMBOS_SCF_NR_EXIT_GROUP, args, &result))
		call_log(lane, NIMBOS_SCF_NR_EXIT_GROUP, args, result.result);
}

void process_exit(int status)
{
	struct process *process = thread_current->process;

	if (process_ends(process))
		process_leave();
	process->exiting = true;
	for (u32 i = 0; i < NIMBOS_SCF_MAX_LANES; i++) {
		struct thread *thread = process->threads[i];

		if (thread && thread != thread_current && !thread->pinned)
			process_thread_destroy(thread);
	}
	while (process->nr_threads > 1)
		thread_block(TIME_FOREVER);
	say_exit(&process->lane[thread_current->lane]->lane, status);
	process_leave();
}

void process_refuse(struct process *process, int status)
{
	struct nimbos_client_lane *lane = process_lane(process, 0);

	lane->data = thread_current;
	say_exit(lane, status);
	lane->data = NULL;
	process_release(process);
}

void process_slot_died(struct process *process)
{
	process->died = true;
	for (u32 i = 0; i < NIMBOS_SCF_MAX_LANES; i++) {
		struct thread *thread = process->threads[i];

		if (!thread)
			continue;
		/* Linux waits for the slot: its end may not wait for whatever else runs here. */
		thread_set_priority(thread, PRIORITY_KERNEL);
		thread_wake(thread);
	}
}

void process_request(u32 slot, u32 epoch)
{
	wanted[slot] = epoch;
	thread_wake(manager);
}

/* Return: 0, -ENOMEM, or -EINVAL if the window is too small. */
static int run(struct process *process)
{
	struct frame frame = {
		.rdi = process->slot.window_va,
		.rdx = time_tsc_khz(),
		.rip = (u64)program_main,
		.cs = USER_CS,
		.rflags = RFLAGS_IF,
		.ss = USER_DS,
	};
	struct thread *thread;
	int ret = process_map(process);

	if (ret)
		return ret;
	process_lane(process, 0);
	frame.rsi = process->stacks_end - process->nr_stacks * USER_STACK_SIZE;
	frame.rsp = process->stacks_end - sizeof(u64);
	thread = process_thread(process, 0, 0, &frame);
	if (!thread)
		return -ENOMEM;
	thread_start(thread);
	return 0;
}

/* Return: false to be called again when there is more memory. */
static bool start(u32 slot, u32 epoch)
{
	struct process *process = process_alloc();
	int ret;

	if (!process)
		return false;
	ret = nimbos_client_slot_attach(&client, &process->slot, slot, epoch);
	if (ret) {
		if (ret != -NIMBOS_ECONNRESET)
			kernel_log("slot %u: cannot attach, error %d", slot, -ret);
		process_free(process);
		return true;
	}
	ret = run(process);
	if (ret == -EINVAL)
		kernel_log("slot %u: a window of %lu bytes is too small, %lu are the least", slot,
			   process->slot.window_size, 2 * USER_STACK_SIZE);
	else if (ret)
		kernel_log("slot %u: no memory for a process: %u pages, %u threads left", slot,
			   pages_free(), threads_free());
	if (ret)
		process_refuse(process, STATUS_CANNOT_START);
	return true;
}

static void manage(void)
{
	for (;;) {
		bool found = false;

		for (u32 slot = 0; slot < NIMBOS_SCF_MAX_SLOTS; slot++) {
			u32 epoch = wanted[slot];

			if (!epoch)
				continue;
			wanted[slot] = 0;
			if (start(slot, epoch)) {
				found = true;
			} else {
				wanted[slot] = epoch;
				found = false;
				break;
			}
		}
		/* Another look: start() may have slept, and taken the wake for itself. */
		if (!found)
			thread_block(TIME_FOREVER);
	}
}

void process_init(void)
{
	manager = thread_create(manage, PRIORITY_KERNEL);
	thread_start(manager);
}
