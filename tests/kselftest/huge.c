// SPDX-License-Identifier: GPL-2.0
/*
 * Peers in huge pages of Linux's: which are refused, who holds them, and that they come back,
 * whatever becomes of the process that they are from.
 */
#include "huge.h"
#include "process.h"

#include "kselftest_harness.h"

#define CPU "/sys/devices/system/cpu/cpu1/"
#define REGION "/sys/kernel/debug/nimbos/peer0/region"
#define PAGES 16
#define SIZE (PAGES * HUGE_SIZE)
#define POOL_PAGES "128"

static const unsigned char mute_image[] = { 0xeb, 0xfe };

FIXTURE(huge)
{
	int fd;
	long free;
	unsigned char *row;
	struct nimbos_peer_load load; /* succeeds; tests change what they want to see refused */
};

FIXTURE_SETUP(huge)
{
	self->fd = open_device();
	ASSERT_GE(self->fd, 0);
	ASSERT_TRUE(write_text(POOL "nr_hugepages", POOL_PAGES));
	ASSERT_EQ(atoi(POOL_PAGES), read_number(POOL "free_hugepages"));
	self->row = map_row(PAGES, 0xa5);
	ASSERT_NE(NULL, self->row);
	self->free = read_number(POOL "free_hugepages");
	ASSERT_EQ(atoi(POOL_PAGES) - PAGES, self->free);
	self->load = good_load(mute_image, sizeof(mute_image));
	self->load.region_base = 0;
	self->load.region_size = SIZE;
	self->load.region_user = (uintptr_t)self->row;
}

/* Linux has all of its pages back, and can do something else with them. */
FIXTURE_TEARDOWN(huge)
{
	stop_peer(self->fd, 0);
	unload_peer(self->fd, 0);
	munmap(self->row, SIZE);
	EXPECT_EQ(atoi(POOL_PAGES), read_number(POOL "free_hugepages"));
	EXPECT_EQ(0, read_number(POOL "resv_hugepages"));
	EXPECT_EQ(0, read_number(POOL "surplus_hugepages"));
	EXPECT_TRUE(write_text(POOL "nr_hugepages", "0"));
	EXPECT_EQ(0, read_number(POOL "nr_hugepages"));
	EXPECT_EQ(1, read_number(CPU "online"));
	close(self->fd);
}

static int try_load(int fd, struct nimbos_peer_load load)
{
	return try_ioctl(fd, NIMBOS_IOC_PEER_LOAD, &load);
}

/* The reference peer, in this memory. */
static int load_reference_at(int fd, struct nimbos_peer_load load)
{
	size_t size;
	void *image = read_file(REFERENCE_PEER, &size);
	int err;

	load.image = (uintptr_t)image;
	load.image_size = size;
	err = image ? try_load(fd, load) : ENOENT;
	free(image);
	return err;
}

static bool is_zero(const unsigned char *at, size_t size)
{
	return !*at && !memcmp(at, at + 1, size - 1);
}

TEST_F(huge, bad_shapes_are_refused)
{
	struct nimbos_peer_load load;

	load = self->load;
	load.region_user += 0x1000;
	EXPECT_EQ(EINVAL, try_load(self->fd, load));
	load = self->load;
	load.region_size -= 0x1000;
	EXPECT_EQ(EINVAL, try_load(self->fd, load));
	load.region_size = 0;
	EXPECT_EQ(EINVAL, try_load(self->fd, load));
	load.region_size = HUGE_SIZE;
	EXPECT_EQ(EINVAL, try_load(self->fd, load));
	load.region_size = 0x100200000ULL;
	EXPECT_EQ(ERANGE, try_load(self->fd, load));
	load.region_size = -HUGE_SIZE;
	EXPECT_EQ(ERANGE, try_load(self->fd, load));
	load = self->load;
	load.region_base = phys_of(self->row);
	EXPECT_EQ(EINVAL, try_load(self->fd, load));
	load = self->load;
	load.private_size = SIZE;
	EXPECT_EQ(EINVAL, try_load(self->fd, load));
	load = self->load;
	load.legacy = NIMBOS_LEGACY_V2;
	EXPECT_EQ(EINVAL, try_load(self->fd, load));
	load = self->load;
	load.image_size = SIZE;
	EXPECT_EQ(EFBIG, try_load(self->fd, load));
	/* Where it is does not make it a region. */
	load = self->load;
	load.region_user = 0;
	load.region_base = phys_of(self->row);
	EXPECT_EQ(EADDRNOTAVAIL, try_load(self->fd, load));
	EXPECT_EQ(NIMBOS_PEER_OFFLINE, peer_state(self->fd, 0));
	EXPECT_EQ(0xa5, self->row[SIZE - 1]);
}

TEST_F(huge, bad_addresses_are_refused)
{
	struct nimbos_peer_load load = self->load;

	load.region_user = HUGE_SIZE;
	EXPECT_EQ(EFAULT, try_load(self->fd, load));
	load.region_user = 0xffff888000000000;
	EXPECT_EQ(EFAULT, try_load(self->fd, load));
	load.region_user = 0x7fffffe00000;
	EXPECT_EQ(EFAULT, try_load(self->fd, load));
	load.region_user = -HUGE_SIZE;
	EXPECT_EQ(EFAULT, try_load(self->fd, load));

	load = self->load;
	ASSERT_EQ(0, mprotect(self->row + HUGE_SIZE, HUGE_SIZE, PROT_READ));
	EXPECT_EQ(EFAULT, try_load(self->fd, load));
	ASSERT_EQ(0, mprotect(self->row + HUGE_SIZE, HUGE_SIZE, PROT_READ | PROT_WRITE));
	ASSERT_EQ(0, munmap(self->row + SIZE - HUGE_SIZE, HUGE_SIZE));
	EXPECT_EQ(EFAULT, try_load(self->fd, load));
	EXPECT_EQ(NIMBOS_PEER_OFFLINE, peer_state(self->fd, 0));
}

/* What is refused stays what it is, and goes back to Linux as ever. */
static int load_mapping(int fd, struct nimbos_peer_load load, int flags, int advice)
{
	unsigned char *map = mmap(NULL, SIZE + HUGE_SIZE, PROT_READ | PROT_WRITE,
				  MAP_ANONYMOUS | flags, -1, 0);
	unsigned char *at = map + (-(uintptr_t)map & (HUGE_SIZE - 1));
	int err;

	if (map == MAP_FAILED)
		return -1;
	madvise(at, SIZE, advice);
	memset(at, 0x5a, SIZE);
	load.region_user = (uintptr_t)at;
	err = try_load(fd, load);
	if (at[0] != 0x5a || at[SIZE - 1] != 0x5a)
		err = -1;
	munmap(map, SIZE + HUGE_SIZE);
	return err;
}

TEST_F(huge, other_memory_is_refused)
{
	EXPECT_EQ(EMEDIUMTYPE, load_mapping(self->fd, self->load, MAP_PRIVATE, MADV_NOHUGEPAGE));
	EXPECT_EQ(EMEDIUMTYPE, load_mapping(self->fd, self->load, MAP_PRIVATE, MADV_HUGEPAGE));
	EXPECT_EQ(EMEDIUMTYPE, load_mapping(self->fd, self->load, MAP_SHARED, MADV_NORMAL));
	EXPECT_EQ(EMEDIUMTYPE,
		  load_mapping(self->fd, self->load, MAP_SHARED | MAP_HUGETLB, MADV_NORMAL));
	EXPECT_EQ(NIMBOS_PEER_OFFLINE, peer_state(self->fd, 0));
}

TEST_F(huge, a_row_is_needed)
{
	unsigned char *spare = map_huge(HUGE_SIZE, MAP_PRIVATE);
	const int fixed = MREMAP_MAYMOVE | MREMAP_FIXED;
	unsigned char *hole = self->row + 2 * HUGE_SIZE;

	ASSERT_NE(MAP_FAILED, spare);
	spare[0] = 1;
	ASSERT_NE(MAP_FAILED, mremap(spare, HUGE_SIZE, HUGE_SIZE, fixed, hole));
	EXPECT_EQ(EILSEQ, try_load(self->fd, self->load));
	/* Small pages in the middle. */
	ASSERT_EQ(hole, mmap(hole, HUGE_SIZE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	EXPECT_EQ(EMEDIUMTYPE, try_load(self->fd, self->load));
}

TEST_F(huge, pages_are_zero_before_and_after)
{
	ASSERT_EQ(0, try_load(self->fd, self->load));
	/* As long as we have it mapped, we see what the peer has. */
	EXPECT_EQ(0, memcmp(self->row, mute_image, sizeof(mute_image)));
	EXPECT_TRUE(is_zero(self->row + 16, SIZE - 16));
	memset(self->row, 0xee, SIZE);
	ASSERT_EQ(0, unload_peer(self->fd, 0));
	EXPECT_TRUE(is_zero(self->row, SIZE));
}

TEST_F(huge, query_and_dump)
{
	struct nimbos_query query = { .size = sizeof(query) };
	unsigned char *copy = malloc(SIZE);
	size_t done = 0;
	ssize_t n;
	int fd;

	ASSERT_EQ(0, try_load(self->fd, self->load));
	ASSERT_EQ(0, try_ioctl(self->fd, NIMBOS_IOC_QUERY, &query));
	EXPECT_EQ(HUGE_SIZE, query.huge_page_size);
	EXPECT_EQ(phys_of(self->row), query.region_base);
	EXPECT_EQ(SIZE, query.region_size);

	memset(self->row, 0xb7, SIZE);
	fd = open(REGION, O_RDONLY | O_CLOEXEC);
	ASSERT_GE(fd, 0);
	/* Across the borders of huge pages, too. */
	n = pread(fd, copy, 0x2000, HUGE_SIZE - 0x1000);
	EXPECT_EQ(0x1000, n);
	while ((n = read(fd, copy + done, SIZE - done)) > 0)
		done += n;
	EXPECT_EQ(SIZE, done);
	EXPECT_EQ(0, memcmp(copy, self->row, SIZE));
	close(fd);
	free(copy);

	ASSERT_EQ(0, unload_peer(self->fd, 0));
	ASSERT_EQ(0, try_ioctl(self->fd, NIMBOS_IOC_QUERY, &query));
	EXPECT_EQ(0, query.huge_page_size);
	EXPECT_EQ(0, query.region_base);
}

TEST_F(huge, pages_are_given_once)
{
	struct nimbos_peer_load load = self->load;

	ASSERT_EQ(0, try_load(self->fd, self->load));
	EXPECT_EQ(EADDRINUSE, try_load(self->fd, self->load));
	load.peer = 1;
	EXPECT_EQ(EADDRINUSE, try_load(self->fd, load));
	load.region_user += SIZE / 2;
	load.region_size = SIZE / 2;
	EXPECT_EQ(EADDRINUSE, try_load(self->fd, load));
	EXPECT_EQ(NIMBOS_PEER_LOADED, peer_state(self->fd, 0));
	EXPECT_EQ(NIMBOS_PEER_OFFLINE, peer_state(self->fd, 1));
	ASSERT_EQ(0, unload_peer(self->fd, 0));
	EXPECT_EQ(0, try_load(self->fd, load));
	EXPECT_EQ(0, unload_peer(self->fd, 1));
}

TEST_F(huge, pages_stay_over_loads)
{
	struct nimbos_query query = { .size = sizeof(query) };
	struct nimbos_peer_load load = self->load;
	unsigned int i;

	ASSERT_EQ(0, try_load(self->fd, self->load));
	ASSERT_EQ(0, munmap(self->row, SIZE));
	ASSERT_EQ(0, try_ioctl(self->fd, NIMBOS_IOC_QUERY, &query));
	load.region_user = 0;
	load.region_base = query.region_base;
	for (i = 0; i < 10; i++) {
		load.private_size = SIZE / 4 + i * 0x1000;
		EXPECT_EQ(0, try_load(self->fd, load));
		EXPECT_EQ(self->free, read_number(POOL "free_hugepages"));
	}
	load.region_size -= HUGE_SIZE;
	EXPECT_EQ(EADDRNOTAVAIL, try_load(self->fd, load));
	load.region_size = SIZE;
	load.image = 8;
	EXPECT_EQ(EFAULT, try_load(self->fd, load));
	EXPECT_EQ(NIMBOS_PEER_OFFLINE, peer_state(self->fd, 0));
	EXPECT_EQ(self->free + PAGES, read_number(POOL "free_hugepages"));
}

TEST_F(huge, pages_come_back_for_other_memory)
{
	unsigned char *other = map_row(PAGES, 1);
	struct nimbos_peer_load load = self->load;

	ASSERT_NE(NULL, other);
	ASSERT_EQ(0, try_load(self->fd, self->load));
	ASSERT_EQ(0, munmap(self->row, SIZE));
	EXPECT_EQ(self->free - PAGES, read_number(POOL "free_hugepages"));
	load.region_user = (uintptr_t)other;
	EXPECT_EQ(0, try_load(self->fd, load));
	EXPECT_EQ(self->free, read_number(POOL "free_hugepages"));
	/* To reserved memory, and back. */
	EXPECT_EQ(0, try_load(self->fd, good_load(mute_image, sizeof(mute_image))));
	EXPECT_EQ(0, try_load(self->fd, load));
	ASSERT_EQ(0, munmap(other, SIZE));
	EXPECT_EQ(0, try_load(self->fd, good_load(mute_image, sizeof(mute_image))));
	EXPECT_EQ(self->free + PAGES, read_number(POOL "free_hugepages"));
}

static bool program_runs(void)
{
	return wait_for_program(start_program("nop", "100", NULL)) == 0;
}

TEST_F_TIMEOUT(huge, pages_outlive_their_mapping, 120)
{
	ASSERT_EQ(0, load_reference_at(self->fd, self->load));
	ASSERT_EQ(0, start_peer(self->fd, 0, 1));
	ASSERT_EQ(0, munmap(self->row, SIZE));
	EXPECT_EQ(self->free, read_number(POOL "free_hugepages"));
	EXPECT_TRUE(program_runs());
	/* The pool may be closed meanwhile: then they go farther than to it. */
	EXPECT_TRUE(write_text(POOL "nr_hugepages", "0"));
	EXPECT_EQ(PAGES, read_number(POOL "nr_hugepages"));
	EXPECT_TRUE(program_runs());
	EXPECT_EQ(EBUSY, unload_peer(self->fd, 0));
	ASSERT_EQ(0, stop_peer(self->fd, 0));
	EXPECT_EQ(PAGES, read_number(POOL "nr_hugepages"));
	ASSERT_EQ(0, unload_peer(self->fd, 0));
	EXPECT_EQ(0, read_number(POOL "nr_hugepages"));
	EXPECT_TRUE(write_text(POOL "nr_hugepages", POOL_PAGES));
}

TEST_F_TIMEOUT(huge, pages_outlive_their_process, 120)
{
	int ready[2];
	pid_t pid;
	char word;

	ASSERT_EQ(0, munmap(self->row, SIZE));
	ASSERT_EQ(0, pipe(ready));
	pid = fork();
	if (!pid) {
		struct nimbos_peer_load load = self->load;

		load.region_user = (uintptr_t)map_row(PAGES, 0xa5);
		word = load_reference_at(self->fd, load) || start_peer(self->fd, 0, 1);
		write(ready[1], &word, 1);
		pause();
		_exit(1);
	}
	ASSERT_EQ(1, read(ready[0], &word, 1));
	EXPECT_EQ(0, word);
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	EXPECT_EQ(NIMBOS_PEER_RUNNING, peer_state(self->fd, 0));
	EXPECT_EQ(self->free, read_number(POOL "free_hugepages"));
	EXPECT_TRUE(program_runs());
	ASSERT_EQ(0, stop_peer(self->fd, 0));
	EXPECT_EQ(self->free, read_number(POOL "free_hugepages"));
	ASSERT_EQ(0, unload_peer(self->fd, 0));
	EXPECT_EQ(self->free + PAGES, read_number(POOL "free_hugepages"));
	close(ready[0]);
	close(ready[1]);
}

/* A child gets copies, so that it cannot reach the peer's memory. */
TEST_F(huge, children_have_no_part)
{
	pid_t pid;

	ASSERT_EQ(0, try_load(self->fd, self->load));
	pid = fork();
	if (!pid) {
		memset(self->row, 0xcc, SIZE);
		_exit(self->row[SIZE - 1] != 0xcc);
	}
	EXPECT_EQ(0, wait_for_program(pid));
	EXPECT_EQ(0, memcmp(self->row, mute_image, sizeof(mute_image)));
	EXPECT_TRUE(is_zero(self->row + 16, SIZE - 16));
}

/* A parent that shared them before is left alone, too. */
TEST_F(huge, parents_keep_their_own)
{
	pid_t pid = fork();
	int err;

	if (!pid)
		_exit(try_load(self->fd, self->load));
	/* The child has had to copy them, and its copies need not be in a row. */
	err = wait_for_program(pid);
	EXPECT_TRUE(err == 0 || err == EILSEQ);
	EXPECT_EQ(0xa5, self->row[0]);
	EXPECT_EQ(0xa5, self->row[SIZE - 1]);
	unload_peer(self->fd, 0);
	EXPECT_EQ(0xa5, self->row[0]);
}

TEST_F_TIMEOUT(huge, nothing_is_lost_in_many_loads, 120)
{
	unsigned int i;

	for (i = 0; i < scaled(100); i++) {
		ASSERT_EQ(0, try_load(self->fd, self->load));
		ASSERT_EQ(0, unload_peer(self->fd, 0));
	}
	EXPECT_EQ(self->free, read_number(POOL "free_hugepages"));
}

/* The number of a state of CPU hotplug, as text. */
static bool find_state(const char *name, char *number, size_t size)
{
	FILE *file = fopen("/sys/devices/system/cpu/hotplug/states", "re");
	bool found = false;
	char line[128];

	while (file && !found && fgets(line, sizeof(line), file)) {
		found = strstr(line, name);
		snprintf(number, size, "%d", atoi(line));
	}
	if (file)
		fclose(file);
	return found;
}

TEST_F_TIMEOUT(huge, a_lost_cpu_keeps_the_pages, 120)
{
	struct nimbos_peer_load load = self->load;
	char state[16];

	ASSERT_TRUE(find_state("nimbos:prepare", state, sizeof(state)));
	ASSERT_EQ(0, load_reference_at(self->fd, self->load));
	ASSERT_EQ(0, start_peer(self->fd, 0, 1));
	ASSERT_EQ(0, munmap(self->row, SIZE));
	/* Linux fails to bring it up. */
	ASSERT_TRUE(write_text(CPU "hotplug/fail", state));
	EXPECT_EQ(EAGAIN, stop_peer(self->fd, 0));
	EXPECT_EQ(NIMBOS_PEER_STOPPED, peer_state(self->fd, 0));
	EXPECT_EQ(0, read_number(CPU "online"));
	EXPECT_EQ(ENOTRECOVERABLE, unload_peer(self->fd, 0));
	load.region_user = 0;
	load.region_base = REGION_BASE;
	EXPECT_EQ(ENOTRECOVERABLE, try_load(self->fd, load));
	EXPECT_EQ(self->free, read_number(POOL "free_hugepages"));

	ASSERT_TRUE(write_text(CPU "online", "1"));
	EXPECT_EQ(self->free, read_number(POOL "free_hugepages"));
	EXPECT_EQ(0, unload_peer(self->fd, 0));
	EXPECT_EQ(self->free + PAGES, read_number(POOL "free_hugepages"));
}

TEST_F_TIMEOUT(huge, a_cpu_that_was_offline_stays_offline, 120)
{
	ASSERT_TRUE(write_text(CPU "online", "0"));
	ASSERT_EQ(0, load_reference_at(self->fd, self->load));
	ASSERT_EQ(0, start_peer(self->fd, 0, 1));
	EXPECT_EQ(0, stop_peer(self->fd, 0));
	EXPECT_EQ(0, read_number(CPU "online"));
	EXPECT_EQ(0, unload_peer(self->fd, 0));
	EXPECT_TRUE(write_text(CPU "online", "1"));
}

TEST_F_TIMEOUT(huge, a_gigantic_page, 120)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_HUGE_1GB | MAP_NORESERVE;
	struct nimbos_query query = { .size = sizeof(query) };
	struct nimbos_peer_load load = self->load;
	long before = read_number(GIGANTIC_POOL "free_hugepages");
	unsigned char *page;

	if (before < 1)
		SKIP(return, "no huge page of 1 GiB is free");
	page = mmap(NULL, GIGANTIC_SIZE, PROT_READ | PROT_WRITE, flags, -1, 0);
	ASSERT_NE(MAP_FAILED, page);
	load.region_user = (uintptr_t)page;
	EXPECT_EQ(EMEDIUMTYPE, try_load(self->fd, load));
	load.region_user += HUGE_SIZE;
	EXPECT_EQ(EMEDIUMTYPE, try_load(self->fd, load));
	load.region_size = GIGANTIC_SIZE;
	EXPECT_EQ(EFAULT, try_load(self->fd, load));
	load.region_user -= HUGE_SIZE;
	ASSERT_EQ(0, load_reference_at(self->fd, load));
	ASSERT_EQ(0, munmap(page, GIGANTIC_SIZE));
	ASSERT_EQ(0, try_ioctl(self->fd, NIMBOS_IOC_QUERY, &query));
	EXPECT_EQ(GIGANTIC_SIZE, query.huge_page_size);
	EXPECT_EQ(before - 1, read_number(GIGANTIC_POOL "free_hugepages"));
	ASSERT_EQ(0, start_peer(self->fd, 0, 1));
	EXPECT_TRUE(program_runs());
	ASSERT_EQ(0, stop_peer(self->fd, 0));
	ASSERT_EQ(0, unload_peer(self->fd, 0));
	EXPECT_EQ(before, read_number(GIGANTIC_POOL "free_hugepages"));
}

TEST_HARNESS_MAIN
