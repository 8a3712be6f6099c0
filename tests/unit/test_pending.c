// SPDX-License-Identifier: GPL-2.0
/*
 * What nimbosctl finds in a peer's memory of calls that have not been answered.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "pending.h"

#define LANES 2
#define DEPTH 4
#define SLOT 3
#define CONTROL_OFFSET 0x2000
#define BOARD_OFFSET 0x4000
#define REGION_SIZE (BOARD_OFFSET + NIMBOS_SCF_BOARD_SIZE + NIMBOS_SCF_PEER_AREA_SIZE)

static int region;
static struct nimbos_scf_board *board;
static struct nimbos_scf_slot *control;
static struct call_filter filter;
static struct call_event events[2 * DEPTH];
static unsigned int count;

/* What happens when memory has been read so often, and no more after that. */
static void (*on_read)(void);
static unsigned int reads_left;

ssize_t __real_pread(int fd, void *to, size_t size, off_t at);
ssize_t __wrap_pread(int fd, void *to, size_t size, off_t at);
ssize_t __wrap_pread(int fd, void *to, size_t size, off_t at)
{
	ssize_t n = __real_pread(fd, to, size, at);

	if (on_read && !--reads_left) {
		on_read();
		on_read = NULL;
	}
	return n;
}

/* The board, then for each lane two looks and the slot's epoch. */
#define AFTER_BOARD 1
#define AFTER_FIRST_LOOK 2
#define AFTER_SECOND_LOOK 3

static void meanwhile(void (*what)(void), unsigned int reads)
{
	on_read = what;
	reads_left = reads;
}

static int setup(void **state)
{
	char *memory;

	(void)state;
	region = memfd_create("region", MFD_CLOEXEC);
	if (region < 0 || ftruncate(region, REGION_SIZE))
		return -1;
	memory = mmap(NULL, REGION_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, region, 0);
	if (memory == MAP_FAILED)
		return -1;
	board = (struct nimbos_scf_board *)(memory + BOARD_OFFSET);
	board->magic = NIMBOS_SCF_BOARD_MAGIC;
	board->version = NIMBOS_SCF_VERSION;
	board->slot[SLOT] = (struct nimbos_scf_slot_entry){
		.epoch = 7, .lanes = LANES, .depth = DEPTH, .control_offset = CONTROL_OFFSET,
	};
	control = (struct nimbos_scf_slot *)(memory + CONTROL_OFFSET);
	filter = (struct call_filter){ 0 };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	munmap((char *)board - BOARD_OFFSET, REGION_SIZE);
	close(region);
	return 0;
}

static struct nimbos_scf_lane *lane(uint32_t no)
{
	return nimbos_scf_slot_lane(control, no, DEPTH);
}

static void submit(uint32_t no, uint32_t seq, uint16_t nr)
{
	lane(no)->reqs[(seq - 1) % DEPTH] = (struct nimbos_scf_req){
		.args = { seq, no, 3, 4, 5, 6 }, .nr = nr, .seq = seq,
	};
}

static void respond(uint32_t no, uint32_t seq)
{
	nimbos_scf_lane_rsps(lane(no), DEPTH)[(seq - 1) % DEPTH].seq = seq;
}

static void take(const struct call_event *event, void *to)
{
	assert_ptr_equal(to, &filter);
	assert_true(count < sizeof(events) / sizeof(events[0]));
	events[count++] = *event;
}

static int look(void)
{
	const struct pending pending = {
		.peer = 5,
		.region = region,
		.region_size = REGION_SIZE,
		.filter = &filter,
		.take = take,
		.to = &filter,
	};

	count = 0;
	return pending_calls(&pending);
}

static void has(unsigned int expected)
{
	assert_int_equal(look(), 0);
	assert_int_equal(count, expected);
}

static void test_none(void **state)
{
	(void)state;
	has(0);
	/* More often than the ring is deep. */
	for (uint32_t seq = 1; seq <= 2 * DEPTH + 1; seq++) {
		submit(0, seq, SYS_read);
		respond(0, seq);
		has(0);
	}
}

static void test_one(void **state)
{
	(void)state;
	submit(1, 1, SYS_read);
	has(1);
	assert_int_equal(events[0].peer, 5);
	assert_int_equal(events[0].slot, SLOT);
	assert_int_equal(events[0].lane, 1);
	assert_int_equal(events[0].nr, SYS_read);
	assert_int_equal(events[0].args[0], 1);
	assert_int_equal(events[0].args[1], 1);
	assert_int_equal(events[0].args[5], 6);
	assert_true(events[0].is_pending);
	respond(1, 1);
	has(0);
}

/* In the order in which they were submitted, wherever in the ring that is. */
static void test_several(void **state)
{
	static const uint32_t positions[] = {
		0, 1, 3, 6, INT32_MAX - 1, INT32_MAX, 0x80000000, UINT32_MAX - 5, UINT32_MAX - 2,
		UINT32_MAX - 1, UINT32_MAX,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(positions) / sizeof(positions[0]); i++) {
		uint32_t answered = positions[i];

		for (uint32_t k = 0; k < DEPTH && k < answered; k++) {
			submit(0, answered - k, SYS_write);
			respond(0, answered - k);
		}
		has(0);
		for (uint32_t n = 1; n <= DEPTH; n++) {
			submit(0, answered + n, SYS_read);
			has(n);
			for (uint32_t k = 0; k < n; k++)
				assert_int_equal(events[k].args[0], answered + 1 + k);
		}
		memset(control, 0, NIMBOS_SCF_CONTROL_SIZE(LANES, DEPTH));
	}
}

static void test_filters(void **state)
{
	(void)state;
	submit(0, 1, SYS_read);
	submit(0, 2, SYS_openat);
	submit(1, 1, SYS_write);
	has(3);
	filter = (struct call_filter){ .has_lane = true, .lane = 1 };
	has(1);
	assert_int_equal(events[0].nr, SYS_write);
	filter = (struct call_filter){ .has_slot = true, .slot = SLOT };
	has(3);
	filter.slot = SLOT + 1;
	has(0);
	filter = (struct call_filter){ .names = "openat" };
	has(1);
	assert_int_equal(events[0].nr, SYS_openat);
	filter.names = "close,write,rea,ready,read";
	has(2);
	assert_int_equal(events[0].nr, SYS_read);
	assert_int_equal(events[1].nr, SYS_write);
}

static void test_dead_slot(void **state)
{
	(void)state;
	submit(0, 1, SYS_read);
	board->slot[SLOT].epoch++;
	has(0);
}

static void answer(void)
{
	respond(0, 1);
}

static void answer_and_reuse(void)
{
	for (uint32_t seq = 1; seq <= DEPTH; seq++)
		respond(0, seq);
	submit(0, 1 + DEPTH, SYS_write);
}

static void overwrite(void)
{
	lane(0)->reqs[0].args[3]++;
}

static void die(void)
{
	board->slot[SLOT].epoch++;
}

/* The slot dies, and another shadow is given the same one. */
static void come_again(void)
{
	board->slot[SLOT].epoch += 2;
}

static void come_late(void)
{
	submit(0, 2, SYS_write);
}

static void test_changes(void **state)
{
	static void (*const changes[])(void) = { answer, answer_and_reuse, overwrite };

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		submit(0, 1, SYS_read);
		meanwhile(changes[i], AFTER_FIRST_LOOK);
		has(0);
		assert_null(on_read);
		memset(control, 0, NIMBOS_SCF_CONTROL_SIZE(LANES, DEPTH));
	}
	submit(0, 1, SYS_read);
	meanwhile(come_late, AFTER_FIRST_LOOK);
	has(1);
	has(2);
	meanwhile(die, AFTER_BOARD);
	has(0);
	board->slot[SLOT].epoch = 7;
	meanwhile(come_again, AFTER_BOARD);
	has(0);
	has(2);
	meanwhile(die, AFTER_SECOND_LOOK);
	has(0);
}

/* What the peer may have written. */
static void test_no_sense(void **state)
{
	(void)state;
	/* Not its place. */
	submit(0, 1, SYS_read);
	lane(0)->reqs[0].seq = 2;
	has(0);
	/* More than the ring holds. */
	submit(0, 1 + 2 * DEPTH, SYS_read);
	has(0);
	/* The same, and what makes sense beside it. */
	submit(0, 2, SYS_write);
	has(1);
	assert_int_equal(events[0].nr, SYS_write);
	/* A response to nothing. */
	memset(control, 0, NIMBOS_SCF_CONTROL_SIZE(LANES, DEPTH));
	submit(0, 1, SYS_read);
	respond(0, 3);
	has(0);
	/* Requests are missing in between. */
	memset(control, 0, NIMBOS_SCF_CONTROL_SIZE(LANES, DEPTH));
	submit(0, 1, SYS_read);
	submit(0, 3, SYS_write);
	has(2);
	submit(1, 1, SYS_close);
	has(3);
}

static void test_errors(void **state)
{
	struct nimbos_scf_slot_entry *entry = &board->slot[SLOT];

	(void)state;
	entry->depth = 3;
	assert_int_equal(look(), -EPROTO);
	entry->depth = 2 * NIMBOS_SCF_MAX_DEPTH;
	assert_int_equal(look(), -EPROTO);
	entry->depth = DEPTH;
	entry->lanes = 0;
	assert_int_equal(look(), -EPROTO);
	entry->lanes = NIMBOS_SCF_MAX_LANES + 1;
	assert_int_equal(look(), -EPROTO);
	entry->lanes = LANES;
	entry->control_offset = REGION_SIZE - NIMBOS_SCF_CONTROL_SIZE(LANES, DEPTH) + 1;
	assert_int_equal(look(), -EPROTO);
	entry->control_offset = UINT64_MAX;
	assert_int_equal(look(), -EPROTO);
	/* Of the others all is known. */
	submit(0, 1, SYS_read);
	board->slot[SLOT + 1] = *entry;
	board->slot[SLOT + 1].control_offset = CONTROL_OFFSET;
	assert_int_equal(look(), -EPROTO);
	assert_int_equal(count, 1);
	assert_int_equal(events[0].slot, SLOT + 1);
	board->version++;
	assert_int_equal(look(), -EPROTO);
	assert_int_equal(count, 0);
	assert_int_equal(ftruncate(region, BOARD_OFFSET), 0);
	assert_int_equal(look(), -ENODATA);
	close(region);
	assert_int_equal(look(), -EBADF);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	static const struct CMUnitTest tests[] = {
		TEST(test_none),
		TEST(test_one),
		TEST(test_several),
		TEST(test_filters),
		TEST(test_dead_slot),
		TEST(test_changes),
		TEST(test_no_sense),
		TEST(test_errors),
	};

	return cmocka_run_group_tests_name("pending", tests, NULL, NULL);
}
