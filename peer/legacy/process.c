// SPDX-License-Identifier: GPL-2.0
/*
 * Processes: how they begin and how they end.
 */
#include "console.h"
#include "cpu.h"
#include "elf.h"
#include "errno.h"
#include "layout.h"
#include "memory.h"
#include "paging.h"
#include "process.h"
#include "scf.h"

#define MAX_STACKS 33
#define MAX_FILE 0x40000
#define MAX_PATH 256

/* The program of the first process, in program.S. */
extern const u8 first_program[], first_program_end[];

static struct process processes[MAX_PROCESSES];
static u32 last_pid;

/* An executable file, and whether somebody is reading one. */
static u8 file[MAX_FILE] __attribute__((aligned(16)));
static char file_path[MAX_PATH];
static bool file_busy;

static struct process *process_alloc(void)
{
	struct process *process = processes;

	while (process->pid) {
		if (++process == processes + MAX_PROCESSES)
			panic("more than %u processes", MAX_PROCESSES);
	}
	*process = (struct process){ .pid = ++last_pid, .root = paging_root_alloc() };
	if (!process->root)
		panic("no memory for process %u", process->pid);
	return process;
}

bool process_add(struct process *process, u64 start, u64 size, u32 rights)
{
	void *page;

	if (process->nr_areas == MAX_AREAS)
		return false;
	process->areas[process->nr_areas++] = (struct area){ start, size, rights };
	for (u64 va = start; va < start + size; va += PAGE_SIZE) {
		page = page_alloc();
		if (!page || !paging_map(process->root, va, virt_to_phys(page), PAGE_SIZE, rights))
			return false;
	}
	return true;
}

static void *memory_at(struct process *process, u64 va)
{
	return (char *)phys_to_virt(paging_lookup(process->root, va)) + va % PAGE_SIZE;
}

void process_write(struct process *process, u64 to, const void *from, size_t size)
{
	const u8 *at = from;
	size_t part;

	for (; size; size -= part, to += part, at += part) {
		part = PAGE_SIZE - to % PAGE_SIZE;
		part = part < size ? part : size;
		memcpy(memory_at(process, to), at, part);
	}
}

/* Gives back the memory of the first @nr_areas areas, and the tables that show it. */
static void free_memory(struct process *process, u64 *root, u32 nr_areas)
{
	for (u32 i = 0; i < nr_areas; i++) {
		const struct area *area = &process->areas[i];

		for (u64 va = area->start; va < area->start + area->size; va += PAGE_SIZE) {
			u64 phys = paging_lookup(root, va);

			if (phys)
				page_free(phys_to_virt(phys));
		}
	}
	paging_root_free(root);
}

static void process_free(struct process *process)
{
	free_memory(process, process->root, process->nr_areas);
	process->pid = 0;
}

/* Shows Linux an area, by as few requests as its pages allow. */
static s64 show(struct process *process, const struct area *area)
{
	u64 end = area->start + area->size;
	s64 ret = 0;

	for (u64 va = area->start, next; va < end && ret >= 0; va = next) {
		u64 phys = paging_lookup(process->root, va);

		for (next = va + PAGE_SIZE; next < end; next += PAGE_SIZE) {
			if (paging_lookup(process->root, next) != phys + next - va)
				break;
		}
		ret = scf_map(process, va, next - va, phys);
	}
	return ret;
}

static s64 show_all(struct process *process)
{
	s64 ret = 0;

	for (u32 i = 0; i < process->nr_areas && ret >= 0; i++)
		ret = show(process, &process->areas[i]);
	return ret;
}

static void enter_program(void)
{
	frame_resume(thread_frame(thread_current));
}

/* Return: the number of a stack that nobody has, or MAX_STACKS; it is there and shown to Linux. */
static u32 take_stack(struct process *process)
{
	u32 stack = __builtin_ctzl(~process->stacks_used);
	u64 start = STACKS_END - (stack + 1) * USER_STACK_SIZE;

	if (stack >= MAX_STACKS)
		return MAX_STACKS;
	if (!(process->stacks_made & 1UL << stack)) {
		if (!process_add(process, start, USER_STACK_SIZE, MAP_USER | MAP_WRITE) ||
		    show(process, &process->areas[process->nr_areas - 1]) < 0)
			panic("no stack for process %u", process->pid);
		process->stacks_made |= 1UL << stack;
	}
	process->stacks_used |= 1UL << stack;
	return stack;
}

static void start_thread(struct process *process, u32 stack, u64 entry, u64 argument)
{
	struct frame first = {
		.rdi = argument,
		.rip = entry,
		.cs = USER_CS,
		.rflags = RFLAGS_IF,
		.rsp = STACKS_END - stack * USER_STACK_SIZE - sizeof(u64),
		.ss = USER_DS,
	};

	process->nr_threads++;
	thread_start(enter_program, process, &first, stack);
}

static void wait_for_end(struct process *process)
{
	process->waiter = thread_current;
	while (process->nr_threads)
		thread_block();
}

/* Starts the first process again and again: for each there is a new shadow. */
static void starter(void)
{
	for (;;) {
		struct process *process = process_alloc();
		int status;
		u64 entry;

		scf_begin(process);
		if (elf_load(process, first_program, first_program_end - first_program, &entry) ||
		    show_all(process) < 0)
			panic("the first program cannot be loaded");
		start_thread(process, take_stack(process), entry, 0);
		wait_for_end(process);
		status = process->status;
		process_free(process);
		kernel_log("first process: ended with %d, %u pages", status, pages_free());
		scf_log_notifications();
	}
}

void process_init(void)
{
	thread_start(starter, NULL, NULL, 0);
}

s64 process_fork(const struct frame *frame)
{
	struct process *parent = thread_current->process;
	struct process *child = process_alloc();
	struct frame first = *frame;
	s64 ret = scf_fork(child);

	if (ret < 0) {
		process_free(child);
		return ret;
	}
	for (u32 i = 0; i < parent->nr_areas; i++) {
		const struct area *area = &parent->areas[i];

		if (!process_add(child, area->start, area->size, area->rights))
			panic("no memory for process %u", child->pid);
		process_write(child, area->start, (void *)area->start, area->size);
	}
	if (show_all(child) < 0)
		panic("Linux does not map the memory of process %u", child->pid);
	child->stacks_made = parent->stacks_made;
	child->stacks_used = 1UL << thread_current->stack;
	child->nr_threads = 1;
	first.rax = 0;
	thread_start(enter_program, child, &first, thread_current->stack);
	return child->pid;
}

s64 process_thread(u64 entry, u64 argument)
{
	struct process *process = thread_current->process;
	u32 stack = take_stack(process);
	s64 ret;

	if (stack == MAX_STACKS)
		return -EAGAIN;
	ret = scf_thread();
	if (ret < 0) {
		process->stacks_used &= ~(1UL << stack);
		return ret;
	}
	start_thread(process, stack, entry, argument);
	return 0;
}

s64 process_join(void)
{
	struct process *process = thread_current->process;

	process->joiner = thread_current;
	while (process->nr_threads > 1)
		thread_block();
	process->joiner = NULL;
	return 0;
}

s64 process_wait(u32 pid, int *status)
{
	for (u32 i = 0; pid && i < MAX_PROCESSES; i++) {
		struct process *process = &processes[i];

		if (process->pid != pid)
			continue;
		wait_for_end(process);
		*status = process->status;
		process_free(process);
		return 0;
	}
	return -ECHILD;
}

/* Reads all of a file of Linux. Return: its size, or an error. */
static s64 read_file(const char *path)
{
	s64 fd, got = 0;
	size_t size = 0;

	if (strlen(path) >= MAX_PATH)
		return -EINVAL;
	memcpy(file_path, path, strlen(path) + 1);
	fd = scf_open(file_path, 0, 0);
	if (fd < 0)
		return fd;
	do {
		size += got;
		got = scf_read(fd, file + size, MAX_FILE - size);
	} while (got > 0);
	scf_close(fd);
	return got < 0 ? got : (s64)size;
}

/* Puts a program that lies in the file buffer in the place of the current one. */
static s64 replace(struct process *process, size_t size, struct frame *frame)
{
	struct process before = *process;
	u64 entry;
	s64 ret;

	process->root = paging_root_alloc();
	if (!process->root)
		panic("no memory for process %u", process->pid);
	process->nr_areas = 0;
	ret = elf_load(process, file, size, &entry);
	if (ret) {
		free_memory(process, process->root, process->nr_areas);
		*process = before;
		return ret;
	}
	for (u32 i = 0; i < before.nr_areas; i++)
		scf_unmap(process, before.areas[i].start, before.areas[i].size);
	paging_switch(process->root);
	free_memory(&before, before.root, before.nr_areas);
	if (show_all(process) < 0)
		panic("Linux does not map the memory of process %u", process->pid);
	process->stacks_made = 0;
	process->stacks_used = 0;
	thread_current->stack = take_stack(process);
	frame->rip = entry;
	frame->rsp = STACKS_END - thread_current->stack * USER_STACK_SIZE - sizeof(u64);
	return 0;
}

s64 process_exec(const char *path, struct frame *frame)
{
	struct process *process = thread_current->process;
	s64 ret;

	if (process->nr_threads > 1 || file_busy)
		return -EBUSY;
	file_busy = true;
	ret = read_file(path);
	if (ret >= 0)
		ret = replace(process, ret, frame);
	file_busy = false;
	return ret;
}

void process_exit(int status)
{
	struct process *process = thread_current->process;

	scf_exit();
	if (status > process->status)
		process->status = status;
	process->stacks_used &= ~(1UL << thread_current->stack);
	process->nr_threads--;
	/* Its own tables go away when somebody has seen the end. */
	if (!process->nr_threads)
		paging_switch(NULL);
	if (process->waiter)
		thread_wake(process->waiter);
	if (process->joiner)
		thread_wake(process->joiner);
	thread_exit();
}
