// SPDX-License-Identifier: GPL-2.0
/*
 * How long it takes to copy a file.
 */
#include "program.h"
#include "sys.h"

int main_copy(int argc, char **argv)
{
	size_t block_size = argc > 3 ? parse_number(argv[3]) : 0;
	struct linux_stat stat;
	char *block;
	u64 start, bytes = 0;
	s64 got;
	int in, out;

	if (!block_size)
		fail("usage: copy INPUT OUTPUT BLOCK_SIZE [TIMES]");
	block = allocate(block_size);
	start = now_ns();
	in = must(sys_open(argv[1], O_RDONLY, 0), argv[1]);
	out = must(sys_open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0644), argv[2]);
	must(sys_fstat(in, &stat), "fstat");
	while ((got = must(sys_read(in, block, block_size), "read"))) {
		write_all(out, block, got);
		bytes += got;
	}
	must(sys(NR_FSYNC, out), "fsync");
	must(sys_close(out), "close");
	must(sys_close(in), "close");
	start = now_ns() - start;
	if (bytes != (u64)stat.size)
		fail("%s has %ld bytes, but %lu were read", argv[1], stat.size, bytes);
	if (argc > 4)
		write_times(argv[4], &start, 1);
	else
		print("copy: bytes=%lu ns=%lu\n", bytes, start);
	return 0;
}
