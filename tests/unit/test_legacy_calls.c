// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of legacy peers' calls and of the memory that their pointers lead to. A memfd has the
 * device's place: offset 0 is the start of the data buffer or of the region.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fds.h"
#include "legacy.h"
#include "log.h"

#define PAGE 4096UL
#define REGION 0x42000000UL
#define USER 0x400000UL

static struct shadow shadow;
static struct legacy legacy;
static struct worker worker;
static struct answer answer;
static int hand_overs;
static int own_fd;
static struct answer fork_answer;
static int64_t uintr_answer;

void legacy_hand_over(struct worker *by)
{
	assert_ptr_equal(by, &worker);
	hand_overs++;
}

void shadow_fork(struct worker *by, struct answer *to)
{
	assert_ptr_equal(by, &worker);
	*to = fork_answer;
}

int64_t legacy_uintr_init(struct worker *by)
{
	assert_ptr_equal(by, &worker);
	return uintr_answer;
}

void log_line(int level, const char *event, const char *format, ...)
{
	(void)level;
	(void)event;
	(void)format;
}

static void set_up(unsigned int version)
{
	static uint32_t floor;

	if (!floor)
		assert_int_equal(fds_init(&floor), 0);
	memset(&worker, 0, sizeof(worker));
	legacy = (struct legacy){
		.version = version,
		.attached = { .slot = 3, .vector = 0x45, .apicid = 7 },
		.space = { .region_base = REGION, .region_size = NIMBOS_LEGACY_REGION_SIZE },
		.threads = 1,
	};
	shadow.legacy = &legacy;
	worker.shadow = &shadow;
	worker.caller.fd_floor = floor;
	hand_overs = 0;
	own_fd = fds_own(open("/dev/null", O_RDWR));
	assert_true(own_fd >= 0);
	assert_int_equal(legacy_space_init(&legacy.space, version), 0);
}

static int open_memory(uint64_t size)
{
	int fd = memfd_create("peer", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	return fd;
}

static int set_up_1(void **state)
{
	(void)state;
	set_up(1);
	assert_int_equal(legacy_space_open(&legacy.space, open_memory(NIMBOS_LEGACY_V1_DATA_SIZE)),
			 0);
	worker.caller.window = legacy.space.start;
	worker.caller.window_size = legacy.space.size;
	return caller_init(&worker.caller);
}

static int set_up_2(void **state)
{
	(void)state;
	set_up(2);
	assert_int_equal(legacy_space_open(&legacy.space, open_memory(NIMBOS_LEGACY_REGION_SIZE)),
			 0);
	return caller_init(&worker.caller);
}

static int tear_down(void **state)
{
	(void)state;
	munmap((void *)(uintptr_t)legacy.space.start, legacy.space.size);
	munmap(worker.caller.scratch, SCRATCH_SIZE);
	free(legacy.space.mirrored);
	close(legacy.space.fd);
	close(own_fd);
	return 0;
}

static int64_t execute(uint32_t opcode, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	const struct nimbos_legacy_take request = { .opcode = opcode, .args = { a, b, c, d } };

	answer = (struct answer){ 0 };
	legacy_execute(&worker, &request, &answer);
	return answer.result;
}

/* Version 1. */

struct v1_args {
	uint32_t fd;
	uint64_t data_offset;
	uint64_t len;
};

#define ARGS 0x40UL
#define DATA 0x1000UL
#define END NIMBOS_LEGACY_V1_DATA_SIZE

static char *buffer_at(uint64_t offset)
{
	return (char *)(uintptr_t)legacy.space.start + offset;
}

static int64_t call_1(uint32_t opcode, int fd, uint64_t data_offset, uint64_t len)
{
	*(struct v1_args *)buffer_at(ARGS) = (struct v1_args){ (uint32_t)fd, data_offset, len };
	return execute(opcode, ARGS, 0, 0, 0);
}

static void test_1_files(void **state)
{
	char path[] = "/tmp/nimbos-legacy-XXXXXX";
	int64_t fd;

	(void)state;
	close(mkstemp(path));
	strcpy(buffer_at(DATA), path);
	/* With the NUL in the length, and without. */
	fd = call_1(3, O_RDWR, DATA, sizeof(path));
	assert_true(fd >= 0);
	assert_int_equal(call_1(4, (int)fd, 0, 0), 0);
	memset(buffer_at(DATA) + sizeof(path) - 1, 'x', 10);
	fd = call_1(3, O_RDWR, DATA, sizeof(path) - 1);
	assert_true(fd >= 0);
	assert_int_equal(hand_overs, 2);

	memset(buffer_at(DATA), 'a', 255);
	assert_int_equal(call_1(2, (int)fd, DATA, 255), 255);
	assert_int_equal(lseek((int)fd, 0, SEEK_SET), 0);
	assert_int_equal(call_1(1, (int)fd, END - 255, 255), 255);
	assert_memory_equal(buffer_at(DATA), buffer_at(END - 255), 255);
	/* The end of the file, and nobody else had to receive meanwhile. */
	assert_int_equal(call_1(1, (int)fd, DATA, 1), 0);
	assert_int_equal(hand_overs, 2);
	assert_int_equal(call_1(4, (int)fd, 0, 0), 0);
	assert_int_equal(call_1(4, (int)fd, 0, 0), -EBADF);
	assert_int_equal(call_1(2, (int)fd, DATA, 1), -EBADF);
	unlink(path);
	strcpy(buffer_at(DATA), path);
	assert_int_equal(call_1(3, O_RDWR, DATA, sizeof(path)), -ENOENT);
}

static void test_1_bounds(void **state)
{
	static const uint64_t outside[] = { END, END + 1, 1ULL << 32, ~0ULL, ~0ULL - 4096 };
	int fd = open("/dev/zero", O_RDWR);

	(void)state;
	for (uint32_t opcode = 1; opcode <= 2; opcode++) {
		for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
			assert_int_equal(call_1(opcode, fd, outside[i], 1), -EFAULT);
			assert_int_equal(execute(opcode, outside[i], 0, 0, 0), -EFAULT);
			assert_int_equal(call_1(opcode, fd, DATA, outside[i]), -EINVAL);
		}
		assert_int_equal(call_1(opcode, fd, DATA, 256), -EINVAL);
		assert_int_equal(call_1(opcode, fd, END - 254, 255), -EFAULT);
		assert_int_equal(call_1(opcode, fd, END - 255, 255), 255);
		assert_int_equal(call_1(opcode, own_fd, DATA, 1), -EBADF);
		assert_int_equal(execute(opcode, END - sizeof(struct v1_args) + 1, 0, 0, 0),
				 -EFAULT);
	}
	assert_int_equal(call_1(3, O_RDONLY, END - 1, 2), -EFAULT);
	assert_int_equal(call_1(4, own_fd, 0, 0), -EBADF);
	*(struct v1_args *)buffer_at(END - sizeof(struct v1_args)) =
		(struct v1_args){ (uint32_t)fd, DATA, 1 };
	assert_int_equal(execute(2, END - sizeof(struct v1_args), 0, 0, 0), 1);
	close(fd);
}

static void test_1_others(void **state)
{
	(void)state;
	assert_int_equal(execute(0, ~0ULL, 0, 0, 0), 0);
	for (uint32_t opcode = 5; opcode < 256; opcode++)
		assert_int_equal(execute(opcode, ~0ULL, 0, 0, 0), -ENOSYS);
}

/* Version 2. */

enum {
	READ = 0,
	WRITE = 1,
	OPEN = 2,
	CLOSE = 3,
	STAT = 4,
	CLONE = 56,
	FORK = 57,
	EXIT = 60,
	UINTR_INIT = 100,
	IPI_INIT = 101,
	SYNC_MAP = 253,
	SYNC_UNMAP = 254,
};

#define RW (PROT_READ | PROT_WRITE)
#define KERNEL_POINTER(offset) (0xffffff8000000000UL + REGION + (offset))
#define LAST_WORD KERNEL_POINTER(NIMBOS_LEGACY_REGION_SIZE - 8)

static char *user(uint64_t va)
{
	return (char *)(uintptr_t)va;
}

static char *region_at(uint64_t offset)
{
	return (char *)(uintptr_t)(0x18000000UL + offset);
}

static void expect_mapped(uint64_t va, uint64_t len, uint64_t offset)
{
	assert_int_equal(execute(SYNC_MAP, va, len, REGION + offset, RW), 0);
}

/* Pages that lie in a row for the program, but not in the region. */
static void test_2_mirrored_pages(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	expect_mapped(USER, PAGE, 0x5000);
	expect_mapped(USER + PAGE, PAGE, 0x3000);
	memset(region_at(0x5000), 'a', PAGE);
	memset(region_at(0x3000), 'b', PAGE);
	assert_int_equal(execute(WRITE, (uint64_t)fds[1], USER + PAGE - 10, 20, 0), 20);
	assert_int_equal(execute(READ, (uint64_t)fds[0], KERNEL_POINTER(0x9000), 100, 0), 20);
	assert_memory_equal(region_at(0x9000), "aaaaaaaaaabbbbbbbbbb", 20);
	assert_int_equal(hand_overs, 2);

	/* The numbers of the first images, and a page that takes another one's place. */
	assert_int_equal(execute(5, USER, PAGE, REGION + 0x9000, RW), 0);
	assert_int_equal(execute(WRITE, (uint64_t)fds[1], USER + 9, 2, 0), 2);
	assert_int_equal(execute(READ, (uint64_t)fds[0], USER + PAGE, 2, 0), 2);
	assert_memory_equal(region_at(0x3000), "abbb", 4);
	assert_int_equal(execute(6, USER, PAGE, 0, 0), 0);
	assert_int_equal(execute(WRITE, (uint64_t)fds[1], USER, 1, 0), -EFAULT);
	assert_int_equal(execute(SYNC_UNMAP, USER + PAGE, 1, 0, 0), 0);
	assert_int_equal(execute(WRITE, (uint64_t)fds[1], USER + PAGE, 1, 0), -EFAULT);
	close(fds[0]);
	close(fds[1]);
}

static void test_2_pointers_that_lead_nowhere(void **state)
{
	static char mine[16];
	const uint64_t bad[] = {
		1,
		0xffff,
		0x10000,
		USER,
		0x17fff000,
		0x18000000,
		0x18000001,
		0x1fffffff,
		0x20000000,
		0x20001000,
		0x3ffff000,
		0x40000000,
		(uintptr_t)mine,
		(uintptr_t)&shadow,
		0x7fffffffffff,
		0x8000000000000000,
		KERNEL_POINTER(-1UL),
		KERNEL_POINTER(NIMBOS_LEGACY_REGION_SIZE),
		0xffffff8000000000,
		~0UL,
	};
	int fd = open("/dev/zero", O_RDWR);

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(execute(READ, (uint64_t)fd, bad[i], 8, 0), -EFAULT);
		assert_int_equal(execute(OPEN, bad[i], O_RDONLY, 0, 0), -EFAULT);
		assert_int_equal(execute(STAT, bad[i], 0, 0, 0), -EFAULT);
	}
	/* NULL is what Linux makes of it. */
	assert_int_equal(execute(READ, (uint64_t)fd, 0, 8, 0), -EFAULT);
	assert_int_equal(execute(OPEN, 0, O_RDONLY, 0, 0), -EFAULT);
	assert_int_equal(execute(STAT, 0, 0, 0, 0), -EFAULT);
	/* Lengths. */
	expect_mapped(USER, PAGE, 0);
	assert_int_equal(execute(READ, (uint64_t)fd, USER, ~0UL, 0), -EFAULT);
	assert_int_equal(execute(READ, (uint64_t)fd, USER, 1UL << 40, 0), -EFAULT);
	assert_int_equal(execute(READ, (uint64_t)fd, LAST_WORD, 9, 0), -EFAULT);
	assert_int_equal(execute(READ, (uint64_t)fd, LAST_WORD, 8, 0), 8);
	assert_int_equal(execute(READ, (uint64_t)own_fd, USER, 1, 0), -EBADF);
	assert_int_equal(execute(CLOSE, (uint64_t)own_fd, 0, 0, 0), -EBADF);
	close(fd);
}

static void test_2_paths(void **state)
{
	char path[] = "/tmp/nimbos-legacy-XXXXXX";
	uint64_t end = USER + PAGE;
	int64_t fd;

	(void)state;
	fd = mkstemp(path);
	assert_int_equal(ftruncate((int)fd, 12345), 0);
	close((int)fd);
	expect_mapped(USER, PAGE, 0);
	/* Up to the last byte of what is mirrored; and beyond it. */
	strcpy(user(end - sizeof(path)), path);
	fd = execute(OPEN, end - sizeof(path), O_RDWR, 0, 0);
	assert_true(fd >= 0);
	assert_int_equal(execute(STAT, end - sizeof(path), 0, 0, 0), 12345);
	assert_int_equal(execute(CLOSE, (uint64_t)fd, 0, 0, 0), 0);
	memset(user(USER), '/', PAGE);
	assert_int_equal(execute(OPEN, end - 4, O_RDONLY, 0, 0), -EFAULT);
	assert_int_equal(execute(STAT, end - 4, 0, 0, 0), -EFAULT);

	unlink(path);
	strcpy(region_at(0x2000), path);
	assert_int_equal(execute(STAT, KERNEL_POINTER(0x2000), 0, 0, 0), -ENOENT);
	assert_int_equal(execute(OPEN, KERNEL_POINTER(0x2000), O_RDONLY, 0, 0), -ENOENT);
	fd = execute(OPEN, KERNEL_POINTER(0x2000), O_RDWR | O_CREAT, 0640, 0);
	assert_true(fd >= 0);
	assert_int_equal(execute(STAT, KERNEL_POINTER(0x2000), 0, 0, 0), 0);
	close((int)fd);
	unlink(path);
	strcpy(region_at(0x2000), "/tmp");
	assert_true(execute(STAT, KERNEL_POINTER(0x2000), 0, 0, 0) >= 0);
	/* A path that the region's end cuts off. */
	memset(region_at(NIMBOS_LEGACY_REGION_SIZE - 8), '/', 8);
	assert_int_equal(execute(STAT, LAST_WORD, 0, 0, 0), -EFAULT);
}

static void test_2_refused_maps(void **state)
{
	static const struct {
		uint64_t va, len, offset;
		int error;
	} bad[] = {
		{ USER + 1, PAGE, 0, -EINVAL },
		{ USER, PAGE, 1, -EINVAL },
		{ USER, 0, 0, -EINVAL },
		{ 0, PAGE, 0, -EFAULT },
		{ 0xf000, PAGE, 0, -EFAULT },
		{ 0x17fff000, PAGE, 0, -EFAULT },
		{ 0x17ffe000, PAGE + 1, 0, -EFAULT },
		{ 0x18000000, PAGE, 0, -EFAULT },
		{ 0x1ffff000, PAGE, 0, -EFAULT },
		{ 0x20000000, PAGE, 0, -EFAULT },
		{ 0x3ffff000, PAGE, 0, -EFAULT },
		{ 0x40000000, PAGE, 0, -EFAULT },
		{ 0x7f0000000000, PAGE, 0, -EFAULT },
		{ 0xfffffffffffff000, PAGE, 0, -EFAULT },
		{ USER, ~0UL, 0, -EFAULT },
		{ USER, 1UL << 40, 0, -EFAULT },
		{ USER, PAGE, -PAGE, -EFAULT },
		{ USER, PAGE, NIMBOS_LEGACY_REGION_SIZE, -EFAULT },
		{ USER, PAGE + 1, NIMBOS_LEGACY_REGION_SIZE - PAGE, -EFAULT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const uint64_t pa = REGION + bad[i].offset;

		assert_int_equal(execute(SYNC_MAP, bad[i].va, bad[i].len, pa, RW), bad[i].error);
		if (bad[i].va != USER)
			assert_int_equal(execute(SYNC_UNMAP, bad[i].va, bad[i].len, 0, 0),
					 bad[i].error);
	}
	/* The first and the last pages that there are. */
	expect_mapped(0x10000, PAGE, 0);
	expect_mapped(0x17ffe000, PAGE, NIMBOS_LEGACY_REGION_SIZE - PAGE);
	expect_mapped(0x20001000, PAGE, 0);
	expect_mapped(0x3fffe000, PAGE, 0);
}

static void test_2_rights(void **state)
{
	int fd = open("/dev/zero", O_RDWR);

	(void)state;
	assert_int_equal(execute(SYNC_MAP, USER, PAGE, REGION, PROT_READ), 0);
	assert_int_equal(execute(READ, (uint64_t)fd, USER, 1, 0), -EFAULT);
	assert_int_equal(execute(WRITE, (uint64_t)fd, USER, 1, 0), 1);
	/* Nothing of the peer's is ever executed here. */
	assert_int_equal(execute(SYNC_MAP, USER, PAGE, REGION, ~0UL), 0);
	assert_int_equal(execute(READ, (uint64_t)fd, USER, 1, 0), 1);
	close(fd);
}

/*
 * All of the gigabyte is mapped by somebody, and nothing else is in it but the region; what may be
 * executed is counted, too.
 */
static void expect_no_holes(void)
{
	unsigned long start, end, at = 0x10000;
	char line[512], rights[5];
	FILE *maps = fopen("/proc/self/maps", "re");

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %4s", &start, &end, rights) != 3)
			fail();
		if (start >= 0x40000000)
			continue;
		assert_int_equal(start, at);
		assert_int_equal(rights[2], '-');
		if (rights[0] == 'r')
			assert_non_null(strstr(line, "peer"));
		at = end;
	}
	fclose(maps);
	assert_int_equal(at, 0x40000000);
}

static void test_2_no_holes(void **state)
{
	(void)state;
	expect_no_holes();
	for (uint64_t i = 0; i < 2000; i++) {
		uint64_t va = 0x10000 + i * 7919 % 50 * PAGE;

		if (i % 3)
			execute(SYNC_MAP, va, (i % 7 + 1) * PAGE, REGION + i % 100 * PAGE, i % 4);
		else
			execute(SYNC_UNMAP, va, (i % 5 + 1) * PAGE, 0, 0);
	}
	expect_no_holes();
	/* A map that the device refuses, since it has become smaller than that. */
	close(legacy.space.fd);
	assert_int_equal(execute(SYNC_MAP, 0x10000, 8 * PAGE, REGION, RW), -EBADF);
	expect_no_holes();
	assert_int_equal(execute(WRITE, 1, 0x10000, 1, 0), -EFAULT);
}

/* A forked shadow has its parent's pages mirrored, though none of its mappings. */
static void test_2_fork(void **state)
{
	int fd = dup(legacy.space.fd);

	(void)state;
	expect_mapped(USER, 3 * PAGE, 0x10000);
	expect_mapped(USER + 3 * PAGE, PAGE, 0x20000);
	assert_int_equal(execute(SYNC_MAP, USER + 4 * PAGE, PAGE, REGION + 0x21000, PROT_READ), 0);
	expect_mapped(0x30000000, PAGE, 0);
	assert_int_equal(execute(SYNC_UNMAP, USER + PAGE, PAGE, 0, 0), 0);
	munmap(user(0x10000), 0x40000000 - 0x10000);
	close(legacy.space.fd);

	assert_int_equal(legacy_space_open(&legacy.space, fd), 0);
	expect_no_holes();
	strcpy(region_at(0x10000), "one");
	strcpy(region_at(0x12000), "three");
	strcpy(region_at(0x20000), "four");
	strcpy(region_at(0x21000), "five");
	strcpy(region_at(0), "far");
	assert_string_equal(user(USER), "one");
	assert_string_equal(user(USER + 2 * PAGE), "three");
	assert_string_equal(user(USER + 3 * PAGE), "four");
	assert_string_equal(user(USER + 4 * PAGE), "five");
	assert_string_equal(user(0x30000000), "far");
	fd = open("/dev/zero", O_RDWR);
	assert_int_equal(execute(READ, (uint64_t)fd, USER + PAGE, 1, 0), -EFAULT);
	assert_int_equal(execute(READ, (uint64_t)fd, USER + 3 * PAGE, 1, 0), 1);
	assert_int_equal(execute(READ, (uint64_t)fd, USER + 4 * PAGE, 1, 0), -EFAULT);
	close(fd);
}

/* What the old shadow asserted could not happen. */
static void test_2_short_write(void **state)
{
	int64_t all = 0, ret;
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	expect_mapped(USER, 100 * PAGE, 0);
	ret = execute(WRITE, (uint64_t)fds[1], USER, 100 * PAGE, 0);
	assert_in_range(ret, 1, 100 * PAGE - 1);
	for (all = ret; ret > 0; all += ret > 0 ? ret : 0)
		ret = execute(WRITE, (uint64_t)fds[1], USER, 100 * PAGE, 0);
	assert_int_equal(ret, -EAGAIN);
	assert_int_equal(execute(READ, (uint64_t)fds[0], USER, 100 * PAGE, 0), all);
	close(fds[0]);
	close(fds[1]);
}

static void test_2_processes(void **state)
{
	(void)state;
	assert_int_equal(execute(CLONE, 0, 0, 0, 0), 0);
	assert_int_equal(execute(CLONE, 0, 0, 0, 0), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(execute(EXIT, 0, 0, 0, 0), 0);
		assert_int_equal(answer.then, ANSWER_GO_ON);
	}
	shadow.exit_status = -1;
	assert_int_equal(execute(EXIT, 0, 0, 0, 0), 0);
	assert_int_equal(answer.then, ANSWER_EXIT);
	assert_int_equal(shadow.exit_status, 0);
	assert_int_equal(hand_overs, 0);

	fork_answer = (struct answer){ .result = 4711, .aux = 2 };
	assert_int_equal(execute(FORK, 0, 0, 0, 0), 2);
	fork_answer = (struct answer){ .result = -EAGAIN };
	assert_int_equal(execute(FORK, 0, 0, 0, 0), -EAGAIN);
}

static void test_2_others(void **state)
{
	static const uint8_t known[] = { 0, 1, 2, 3, 4, 5, 6, 56, 57, 60, 100, 101, 253, 254 };

	(void)state;
	assert_int_equal(execute(IPI_INIT, 0, 0, 0, 0), 0x4500000007);
	uintr_answer = 0x41ffe040;
	assert_int_equal(execute(UINTR_INIT, 0, 0, 0, 0), 0x41ffe040);
	uintr_answer = -EOPNOTSUPP;
	assert_int_equal(execute(UINTR_INIT, 0, 0, 0, 0), -EOPNOTSUPP);
	for (uint32_t opcode = 0; opcode < 256; opcode++) {
		if (!memchr(known, (int)opcode, sizeof(known)))
			assert_int_equal(execute(opcode, ~0UL, ~0UL, ~0UL, ~0UL), -ENOSYS);
	}
}

/* Something of the shadow's is in the way. */
static void test_no_room(void **state)
{
	struct legacy_space space = { .region_base = REGION,
				      .region_size = NIMBOS_LEGACY_REGION_SIZE };
	void *mine = mmap(user(0x3fff0000), PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_ptr_equal(mine, user(0x3fff0000));
	assert_int_equal(legacy_space_init(&space, 2), -EEXIST);
	free(space.mirrored);
	munmap(mine, PAGE);
	space = (struct legacy_space){ .region_base = REGION, .region_size = 0x28000000 };
	assert_int_equal(legacy_space_init(&space, 2), -EFBIG);
}

#define V1(test) cmocka_unit_test_setup_teardown(test, set_up_1, tear_down)
#define V2(test) cmocka_unit_test_setup_teardown(test, set_up_2, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		V1(test_1_files),
		V1(test_1_bounds),
		V1(test_1_others),
		V2(test_2_mirrored_pages),
		V2(test_2_pointers_that_lead_nowhere),
		V2(test_2_paths),
		V2(test_2_refused_maps),
		V2(test_2_rights),
		V2(test_2_no_holes),
		V2(test_2_fork),
		V2(test_2_short_write),
		V2(test_2_processes),
		V2(test_2_others),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests_name("legacy calls", tests, NULL, NULL);
}
