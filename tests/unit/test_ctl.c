// SPDX-License-Identifier: GPL-2.0
/*
 * What nimbosctl makes of forwarded calls: names, arguments in words, times in histograms;
 * and of huge pages: rows.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <cmocka.h>

#include <linux/nimbos_legacy.h>
#include <linux/nimbos_scf.h>

#include "call_table.h"
#include "histogram.h"
#include "huge_pages.h"

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(call_find(SYS_read)->name, "read");
	assert_string_equal(call_find(SYS_ioctl)->name, "ioctl");
	assert_string_equal(call_find(SYS_ptrace)->name, "ptrace");
	assert_string_equal(call_find(NIMBOS_SCF_NR_NOP)->name, "nop");
	assert_string_equal(call_find(NIMBOS_SCF_NR_MUNMAP)->name, "munmap");
	assert_null(call_find(400)->name);
	assert_null(call_find(NIMBOS_SCF_NR_NOP - 1)->name);
	assert_null(call_find(NIMBOS_SCF_NR_MUNMAP + 1)->name);
	assert_null(call_find(UINT32_MAX)->name);
	assert_string_equal(call_find(NIMBOS_LEGACY_NR(1, NIMBOS_LEGACY_V1_CLOSE))->name, "close");
	assert_null(call_find(NIMBOS_LEGACY_NR(1, NIMBOS_LEGACY_V1_CLOSE + 1))->name);
	assert_string_equal(call_find(NIMBOS_LEGACY_NR(2, NIMBOS_LEGACY_V2_READ))->name, "read");
	assert_string_equal(call_find(NIMBOS_LEGACY_NR(2, NIMBOS_LEGACY_V2_SYNC_UNMAP))->name,
			    "sync_unmap");
	assert_null(call_find(NIMBOS_LEGACY_NR(2, 99))->name);
	assert_null(call_find(NIMBOS_LEGACY_NR(2, 255))->name);
}

/* Some names are Linux's and SCF's. */
static void test_numbers(void **state)
{
	(void)state;
	assert_int_equal(call_next("read", -1), SYS_read);
	assert_int_equal(call_next("read", SYS_read),
			 NIMBOS_LEGACY_NR(1, NIMBOS_LEGACY_V1_READ));
	assert_int_equal(call_next("read", NIMBOS_LEGACY_NR(1, NIMBOS_LEGACY_V1_READ)),
			 NIMBOS_LEGACY_NR(2, NIMBOS_LEGACY_V2_READ));
	assert_int_equal(call_next("read", NIMBOS_LEGACY_NR(2, NIMBOS_LEGACY_V2_READ)), -1);
	assert_int_equal(call_next("exit_group", -1), SYS_exit_group);
	assert_int_equal(call_next("exit_group", SYS_exit_group), NIMBOS_SCF_NR_EXIT_GROUP);
	assert_int_equal(call_next("exit_group", NIMBOS_SCF_NR_EXIT_GROUP), -1);
	assert_int_equal(call_next("no_such_call", -1), -1);
	assert_int_equal(call_next("", -1), -1);
}

static void test_counts(void **state)
{
	static const uint64_t none[6], some[6] = { 1, 0, 3 };

	(void)state;
	assert_int_equal(call_count_args(SYS_getpid, some), 0);
	assert_int_equal(call_count_args(SYS_read, none), 3);
	assert_int_equal(call_count_args(SYS_splice, none), 6);
	/* Nobody knows what these are. */
	assert_int_equal(call_count_args(SYS_ptrace, some), 3);
	assert_int_equal(call_count_args(SYS_ptrace, none), 0);
	assert_int_equal(call_count_args(400, some), 3);
}

static void test_words(void **state)
{
	static const struct {
		uint32_t nr;
		unsigned int no;
		uint64_t value;
		const char *text;
	} args[] = {
		{ SYS_read, 0, 3, "3" },
		{ SYS_read, 0, UINT64_MAX, "-1" },
		{ SYS_read, 0, 0xffffffff, "-1" },
		{ SYS_read, 1, 0, "NULL" },
		{ SYS_read, 1, 0x200000001000, "0x200000001000" },
		{ SYS_read, 2, 4096, "4096" },
		{ SYS_read, 2, 0x80000000, "0x80000000" },
		{ SYS_open, 1, 0, "O_RDONLY" },
		{ SYS_open, 1, O_RDWR | O_CREAT | O_SYNC, "O_RDWR|O_CREAT|O_SYNC" },
		{ SYS_open, 1, O_WRONLY | O_DSYNC, "O_WRONLY|O_DSYNC" },
		{ SYS_open, 1, O_RDWR | O_TMPFILE, "O_RDWR|O_TMPFILE" },
		{ SYS_open, 1, 3, "3" },
		{ SYS_open, 1, O_RDONLY | 0x40000000, "O_RDONLY|0x40000000" },
		{ SYS_open, 2, 0644, "0644" },
		{ SYS_openat, 0, (uint64_t)AT_FDCWD, "AT_FDCWD" },
		{ SYS_openat, 0, (uint32_t)AT_FDCWD, "AT_FDCWD" },
		{ SYS_access, 1, 0, "F_OK" },
		{ SYS_access, 1, 6, "R_OK|W_OK" },
		{ SYS_lseek, 2, 1, "SEEK_CUR" },
		{ SYS_lseek, 2, 77, "77" },
		{ SYS_socket, 0, AF_INET6, "AF_INET6" },
		{ SYS_socket, 1, SOCK_DGRAM | SOCK_CLOEXEC, "SOCK_DGRAM|SOCK_CLOEXEC" },
		{ SYS_fcntl, 1, F_SETFL, "F_SETFL" },
		{ SYS_wait4, 2, 0, "0" },
		{ NIMBOS_SCF_NR_MMAP, 2, 3, "PROT_READ|PROT_WRITE" },
		{ NIMBOS_SCF_NR_MMAP, 3, 0x22, "MAP_PRIVATE|MAP_ANONYMOUS" },
		{ SYS_ptrace, 0, 16, "0x10" },
		{ 400, 5, 0, "0x0" },
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(args) / sizeof(args[0]); i++) {
		call_print_arg(text, sizeof(text), args[i].nr, args[i].no, args[i].value);
		assert_string_equal(text, args[i].text);
	}
}

/* All bits of everything that is known, into as little room as there is. */
static void test_little_room(void **state)
{
	char text[300];

	(void)state;
	for (uint32_t nr = 0; nr < 500; nr++) {
		for (unsigned int no = 0; no < 6; no++) {
			for (size_t size = 1; size < sizeof(text); size += 7) {
				memset(text, 'x', sizeof(text));
				call_print_arg(text, size, nr, no, UINT64_MAX);
				assert_true(strlen(text) < size);
				assert_int_equal(text[size], 'x');
			}
		}
	}
}

static void test_buckets(void **state)
{
	(void)state;
	assert_int_equal(histogram_lower(0), 0);
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		uint64_t lower = histogram_lower(i), upper = histogram_lower(i + 1);

		assert_true(lower < upper);
		assert_true((upper - lower) * HISTOGRAM_PARTS <= lower || upper - lower == 1);
	}
}

static void test_quantiles(void **state)
{
	static struct histogram times;

	(void)state;
	assert_int_equal(histogram_quantile(&times, 0.5), 0);
	histogram_add(&times, 1234567);
	assert_int_equal(histogram_quantile(&times, 0), 1234567);
	assert_int_equal(histogram_quantile(&times, 1), 1234567);
	times = (struct histogram){ 0 };
	for (int64_t ns = 1; ns <= 1000; ns++)
		histogram_add(&times, ns * 1000);
	assert_in_range(histogram_quantile(&times, 0.5), 500000, 500000 * 33 / 32);
	assert_in_range(histogram_quantile(&times, 0.99), 990000, 1000000);
	assert_int_equal(histogram_quantile(&times, 1), 1000000);
	assert_int_equal(times.min, 1000);
	assert_int_equal(times.max, 1000000);
	/* Neither is out of bounds. */
	histogram_add(&times, -5);
	histogram_add(&times, INT64_MAX);
	assert_int_equal(times.min, -5);
	assert_int_equal(times.max, INT64_MAX);
	assert_int_equal(times.count, 1002);
}

#define HUGE 0x200000UL
#define ROW(...) find_row(&start, (const uint64_t[]){ __VA_ARGS__, 0 })

/*
 * Three in a row, of pages at these addresses, in units of their size, up to a 0; @start becomes an
 * address of that kind.
 */
static size_t find_row(size_t *start, const uint64_t *at)
{
	struct huge_page pages[16];
	size_t best, count = 0;

	for (; at[count]; count++)
		pages[count] = (struct huge_page){ .phys = at[count] * HUGE };
	*start = 0;
	best = huge_run_find(pages, count, HUGE, 3, start);
	*start = pages[*start].phys / HUGE;
	return best;
}

static void test_rows(void **state)
{
	size_t start;

	(void)state;
	assert_int_equal(ROW(5, 4, 6), 3);
	assert_int_equal(start, 4);
	assert_int_equal(ROW(9, 1, 2, 7, 8, 20), 3);
	assert_int_equal(start, 7);
	/* The most that there is. */
	assert_int_equal(ROW(1, 3, 5, 6, 8), 2);
	assert_int_equal(start, 5);
	assert_int_equal(ROW(1), 1);
	/* 4 GiB is where page 2048 begins. */
	assert_int_equal(ROW(2045, 2046, 2047), 3);
	assert_int_equal(ROW(2046, 2047, 2048), 2);
	assert_int_equal(ROW(2048, 2049, 2050), 0);
	assert_int_equal(ROW(2048, 2049, 2050, 10), 1);
	assert_int_equal(start, 10);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_little_room),
		cmocka_unit_test(test_buckets),
		cmocka_unit_test(test_quantiles),
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests_name("ctl", tests, NULL, NULL);
}
