// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-bench guest: a process of Linux copies a file, with the calls that the peer's program
 * "copy" makes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest.h"

static int complain(const char *what, const char *path)
{
	fprintf(stderr, "nimbos-bench: cannot %s %s: %s\n", what, path, strerror(errno));
	return -1;
}

int copy_prepare(const char *path, size_t size)
{
	FILE *file = fopen(path, "w");
	uint64_t word = 1;
	size_t at;

	if (!file)
		return complain("create", path);
	/* No two pages of it are alike. */
	for (at = 0; at < size; at += sizeof(word)) {
		word = word * 6364136223846793005ULL + 1442695040888963407ULL;
		if (fwrite(&word, sizeof(word), 1, file) != 1)
			break;
	}
	return fclose(file) || at < size ? complain("write", path) : 0;
}

static int copy_block(int in, int out, char *block, size_t block_size)
{
	ssize_t got = read(in, block, block_size);
	ssize_t wrote, done;

	for (done = 0; done < got; done += wrote) {
		wrote = write(out, block + done, got - done);
		if (wrote < 0)
			return -1;
	}
	return got;
}

double copy_by_linux(const char *input, const char *output, size_t block_size)
{
	char *block = malloc(block_size);
	double start = clock_ns();
	int in = open(input, O_RDONLY);
	int out = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	struct stat stat;
	int ret = -1;

	if (in < 0 || out < 0 || !block || fstat(in, &stat))
		goto out;
	do {
		ret = copy_block(in, out, block, block_size);
	} while (ret > 0);
	if (!ret)
		ret = fsync(out);
out:
	if (ret)
		complain("copy", input);
	if (out >= 0)
		close(out);
	if (in >= 0)
		close(in);
	free(block);
	return ret ? -1 : clock_ns() - start;
}

static void *map(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY);
	void *data = MAP_FAILED;
	struct stat stat;

	if (fd < 0)
		return MAP_FAILED;
	if (!fstat(fd, &stat)) {
		*size = stat.st_size;
		data = mmap(NULL, *size, PROT_READ, MAP_SHARED, fd, 0);
	}
	close(fd);
	return data;
}

int copy_check(const char *input, const char *output)
{
	size_t input_size, output_size;
	void *a = map(input, &input_size), *b = map(output, &output_size);
	int ret = 0;

	if (a == MAP_FAILED)
		return complain("read", input);
	if (b == MAP_FAILED) {
		ret = complain("read", output);
	} else {
		if (input_size != output_size || memcmp(a, b, input_size)) {
			fprintf(stderr, "nimbos-bench: %s is no copy of %s\n", output, input);
			ret = -1;
		}
		munmap(b, output_size);
	}
	munmap(a, input_size);
	return ret;
}
