// SPDX-License-Identifier: GPL-2.0
/*
 * A tree of processes, each with its own slot and its own copy of the memory.
 */
#include "program.h"
#include "sys.h"

struct tree {
	u64 depth;
	u64 width;
	int count[2];
	u64 path;
};

/* Each process makes its mark, and its children; it exits with 0 if all of them did. */
static void grow(struct tree *tree, u64 level)
{
	s64 self = must(sys(NR_GETPID), "getpid");

	write_all(tree->count[1], &self, 1);
	for (u64 i = 0; level < tree->depth && i < tree->width; i++) {
		u64 before = tree->path;
		s64 pid = must(program_fork(), "fork");
		int status;

		if (!pid) {
			if (sys(NR_GETPID) == self || tree->path != before)
				fail("the child at level %lu is not itself", level);
			tree->path = before * tree->width + i + 1;
			grow(tree, level + 1);
			sys_exit_group(0);
		}
		must(sys_wait(pid, &status), "wait4");
		if (!has_exited_with(status, 0))
			fail("child %ld at level %lu ended with status %x", pid, level, status);
		if (tree->path != before)
			fail("a child has changed its parent's memory");
	}
}

static u64 size_of_tree(const struct tree *tree)
{
	u64 size = 1, level_size = 1;

	for (u64 level = 0; level < tree->depth; level++) {
		level_size *= tree->width;
		size += level_size;
	}
	return size;
}

int main_fork(int argc, char **argv)
{
	struct tree *tree = allocate(sizeof(*tree));
	u64 marks = 0, expected;
	char *block = allocate(64);
	s64 got;

	*tree = (struct tree){
		.depth = argc > 1 ? parse_number(argv[1]) : 2,
		.width = argc > 2 ? parse_number(argv[2]) : 2,
	};
	expected = size_of_tree(tree);
	must(sys_pipe(tree->count, 0), "pipe2");
	grow(tree, 0);
	must(sys_close(tree->count[1]), "close");
	while ((got = must(sys_read(tree->count[0], block, 64), "read")))
		marks += got;
	if (marks != expected)
		fail("%lu processes, %lu were expected", marks, expected);
	print("fork: ok processes=%lu\n", marks);
	return 0;
}
