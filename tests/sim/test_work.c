// SPDX-License-Identifier: GPL-2.0
/*
 * End-to-end tests over the sim: a process that works with files, directories, sockets and threads.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "process.h"

#define BLOCK 0x10000
#define FILE_SIZE (2 * 1024 * 1024 + 4321)
#define NULL_CALLS 20000

/* A file with something different in every place, made without the shadow. */
static void make_file(const char *path, size_t size)
{
	FILE *file = fopen(path, "w");
	uint32_t x = 1;

	assert_non_null(file);
	for (size_t i = 0; i < size; i++) {
		x = x * 1664525 + 1013904223;
		fputc(x >> 24, file);
	}
	assert_int_equal(fclose(file), 0);
}

static void assert_same(const char *a, const char *b)
{
	char command[512];

	snprintf(command, sizeof(command), "cmp '%s' '%s'", a, b);
	assert_int_equal(system(command), 0);
}

/* What one thread needs for a copy. */
struct copy {
	struct process *process;
	unsigned int lane;
	char *from;
	char *to;
	char *buf;
	struct stat *st;
};

static struct copy make_copy(struct process *process, unsigned int lane)
{
	char name[32];
	struct copy copy = { .process = process, .lane = lane };

	copy.from = process_path(process, "original");
	snprintf(name, sizeof(name), "copy%u", lane);
	copy.to = process_path(process, name);
	copy.buf = process_memory(process, BLOCK);
	copy.st = process_memory(process, sizeof(struct stat));
	return copy;
}

static void *run_copy(void *arg)
{
	const struct copy *copy = arg;
	struct process *process = copy->process;
	unsigned int lane = copy->lane;
	int64_t in, out, n, done = 0;

	in = CALL_ON(process, lane, SYS_open, AT(copy->from), O_RDONLY, 0);
	assert_true(in >= 0);
	assert_int_equal(CALL_ON(process, lane, SYS_fstat, in, AT(copy->st)), 0);
	out = CALL_ON(process, lane, SYS_open, AT(copy->to), O_CREAT | O_EXCL | O_WRONLY, 0600);
	assert_true(out >= 0);
	while ((n = CALL_ON(process, lane, SYS_read, in, AT(copy->buf), BLOCK)) > 0) {
		assert_int_equal(CALL_ON(process, lane, SYS_write, out, AT(copy->buf), n), n);
		done += n;
	}
	assert_int_equal(n, 0);
	assert_int_equal(done, copy->st->st_size);
	assert_int_equal(CALL_ON(process, lane, SYS_fsync, out), 0);
	assert_int_equal(CALL_ON(process, lane, SYS_close, in), 0);
	assert_int_equal(CALL_ON(process, lane, SYS_close, out), 0);
	return NULL;
}

static void test_copy(void **state)
{
	struct process *process = *state;
	struct copy copy = make_copy(process, 0);

	make_file(copy.from, FILE_SIZE);
	run_copy(&copy);
	assert_same(copy.from, copy.to);
}

/* Four threads copy, while a fifth waits for a pipe; it is served last. */
static void test_threads(void **state)
{
	struct process *process = *state;
	struct copy copy[LANES];
	pthread_t thread[LANES];
	int *fds = process_memory(process, 8);
	char *buf = process_memory(process, 1);
	struct nimbos_client_result result;

	make_file(process_path(process, "original"), FILE_SIZE);
	assert_int_equal(CALL(process, pipe, AT(fds)), 0);
	assert_true(process_clone(process, 5) > 0);
	assert_int_equal(nimbos_client_submit(&process->lane[5].lane, SYS_read,
					      (__u64[6]){ fds[0], AT(buf), 1 }, 9), 0);
	nimbos_client_flush(&process->lane[5].lane);
	for (unsigned int i = 1; i < 5; i++) {
		assert_true(process_clone(process, i) > 0);
		copy[i] = make_copy(process, i);
	}
	for (unsigned int i = 1; i < 5; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, run_copy, &copy[i]), 0);
	for (unsigned int i = 1; i < 5; i++) {
		pthread_join(thread[i], NULL);
		assert_same(copy[i].from, copy[i].to);
	}
	assert_int_equal(nimbos_client_reap(&process->lane[5].lane, &result, 1), 0);
	*buf = 'y';
	assert_int_equal(CALL(process, write, fds[1], AT(buf), 1), 1);
	assert_int_equal(nimbos_client_wait(&process->lane[5].lane, 0, 10000000000), 0);
	assert_int_equal(nimbos_client_reap(&process->lane[5].lane, &result, 1), 1);
	assert_int_equal(result.result, 1);
	assert_int_equal(result.tag, 9);
}

static void test_directory(void **state)
{
	struct process *process = *state;
	char *buf = process_memory(process, 512);
	struct stat *st = process_memory(process, sizeof(*st));
	char name[128];
	int64_t dir, n;
	int files = 0;

	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "%s/entry%d", process->dir, i);
		make_file(name, i);
	}
	dir = CALL(process, open, AT(process_string(process, process->dir)), O_RDONLY, 0);
	assert_true(dir >= 0);
	while ((n = CALL(process, getdents64, dir, AT(buf), 512)) > 0) {
		for (int64_t at = 0; at < n;) {
			struct dirent64 *entry = (struct dirent64 *)(buf + at);

			assert_int_equal(CALL(process, newfstatat, dir, AT(entry->d_name), AT(st),
					      0), 0);
			if (!strncmp(entry->d_name, "entry", 5)) {
				assert_int_equal(st->st_size, atoi(entry->d_name + 5));
				files++;
			}
			at += entry->d_reclen;
		}
	}
	assert_int_equal(n, 0);
	assert_int_equal(files, 40);
}

/* A server that sends back what it gets. */
static void *echo(void *arg)
{
	int listener = *(int *)arg;
	int fd = accept(listener, NULL, NULL);
	char buf[4096];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		for (ssize_t done = 0; done < n;) {
			ssize_t ret = write(fd, buf + done, n - done);

			if (ret < 0)
				return NULL;
			done += ret;
		}
	}
	close(fd);
	return NULL;
}

static void test_socket(void **state)
{
	struct process *process = *state;
	struct sockaddr_in *addr = process_memory(process, sizeof(*addr));
	socklen_t *len = process_memory(process, sizeof(*len));
	unsigned char *out = process_memory(process, BLOCK);
	unsigned char *in = process_memory(process, BLOCK);
	struct pollfd *poll_fd = process_memory(process, sizeof(*poll_fd));
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	pthread_t thread;
	int64_t fd;

	*addr = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	*len = sizeof(*addr);
	assert_int_equal(bind(listener, (struct sockaddr *)addr, *len), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)addr, len), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(pthread_create(&thread, NULL, echo, &listener), 0);

	fd = CALL(process, socket, AF_INET, SOCK_STREAM, 0);
	assert_true(fd >= 0);
	assert_int_equal(CALL(process, connect, fd, AT(addr), sizeof(*addr)), 0);
	*len = sizeof(*addr);
	addr->sin_port = 0;
	assert_int_equal(CALL(process, getpeername, fd, AT(addr), AT(len)), 0);
	assert_true(addr->sin_port);
	for (unsigned int block = 0; block < 16; block++) {
		int64_t done = 0;

		for (int i = 0; i < BLOCK; i++)
			out[i] = i * 7 + block;
		assert_int_equal(CALL(process, sendto, fd, AT(out), BLOCK, 0, 0, 0), BLOCK);
		while (done < BLOCK) {
			int64_t n;

			*poll_fd = (struct pollfd){ .fd = fd, .events = POLLIN };
			assert_int_equal(CALL(process, poll, AT(poll_fd), 1, -1), 1);
			n = CALL(process, recvfrom, fd, AT(in + done), BLOCK - done, 0, 0, 0);
			assert_true(n > 0);
			done += n;
		}
		assert_memory_equal(in, out, BLOCK);
	}
	assert_int_equal(CALL(process, shutdown, fd, SHUT_RDWR), 0);
	pthread_join(thread, NULL);
	close(listener);
	/* Nobody is there any more: an error, and no signal. */
	assert_int_equal(CALL(process, write, fd, AT(out), 1), -EPIPE);
}

static void test_null_calls(void **state)
{
	struct process *process = *state;

	for (int i = 0; i < NULL_CALLS; i++)
		assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_NOP), 0);
}

/* Several in flight: all are answered, and go on to be when the client sleeps at once. */
static void test_batches(void **state)
{
	struct process *process = *state;
	struct nimbos_client_lane *lane = &process->lane[0].lane;
	const __u64 args[6] = { 0 };
	struct nimbos_client_result results[CALLS];

	for (int round = 0; round < 2000; round++) {
		int n = 0;

		for (int i = 0; i < CALLS; i++)
			assert_int_equal(nimbos_client_submit(lane, SYS_getppid, args, i), 0);
		while (n < CALLS) {
			int got;

			assert_int_equal(nimbos_client_wait(lane, 0, 10000000000), 0);
			got = nimbos_client_reap(lane, results, CALLS);
			assert_true(got > 0);
			for (int i = 0; i < got; i++) {
				assert_int_equal(results[i].tag, n + i);
				assert_int_equal(results[i].result, getpid());
			}
			n += got;
		}
	}
}

static void test_mapping(void **state)
{
	struct process *process = *state;
	char *path = process_path(process, "mapped");
	unsigned char *memory = process_memory(process, 4 * 4096);
	int64_t fd;

	make_file(path, 5000);
	memset(memory, 0xaa, 4 * 4096);
	fd = CALL(process, open, AT(path), O_RDWR, 0);
	assert_true(fd >= 0);
	assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_MMAP, AT(memory), 3 * 4096, PROT_READ,
				 MAP_PRIVATE, fd, 0), AT(memory));
	assert_int_equal(memory[0], 1015568748 >> 24);
	for (int i = 5000; i < 3 * 4096; i++)
		assert_int_equal(memory[i], 0);
	assert_int_equal(memory[3 * 4096], 0xaa);
	assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_MMAP, AT(memory), 2 * 4096,
				 PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
			 AT(memory));
	for (int i = 0; i < 2 * 4096; i++)
		assert_int_equal(memory[i], 0);
	assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_MMAP, AT(memory), 4096, PROT_WRITE,
				 MAP_SHARED, fd, 0), -ENODEV);
	assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_MMAP, AT(memory) + 1, 4096, PROT_READ,
				 MAP_PRIVATE, fd, 0), -EINVAL);
	assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_MMAP, AT(memory), 1ULL << 40, PROT_READ,
				 MAP_PRIVATE, fd, 0), -EINVAL);
	assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_MMAP, 0, 4096, PROT_READ,
				 MAP_PRIVATE, fd, 0), -EINVAL);
	assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_MMAP, AT(memory), 4096, PROT_READ,
				 MAP_PRIVATE, 1000, 0), -EBADF);
	assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_MUNMAP, AT(memory), 4096), 0);
	assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_MUNMAP, AT(memory), 1ULL << 40),
			 -EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, process_setup, process_teardown)
#define TEST_SLEEPING(name) \
	{ #name "_sleeping", name, process_setup_sleeping, process_teardown, NULL }

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_copy),
		TEST_SLEEPING(test_copy),
		TEST(test_threads),
		TEST_SLEEPING(test_threads),
		TEST(test_directory),
		TEST(test_socket),
		TEST(test_null_calls),
		TEST_SLEEPING(test_null_calls),
		TEST(test_batches),
		TEST_SLEEPING(test_batches),
		TEST(test_mapping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
