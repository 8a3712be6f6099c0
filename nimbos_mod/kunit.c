// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: unit tests of what can be asked without a peer, built where the kernel has KUnit built
 * in. They run when the module is loaded.
 */
#include <kunit/test.h>

#include <linux/cpumask.h>
#include <linux/pfn.h>
#include <linux/sizes.h>

#include <asm/tsc.h>

#include "nimbos.h"
#include "slot_map.h"
#include "trace.h"

static void areas_do_not_overlap(struct kunit *test)
{
	struct nimbos_slot *slot = kunit_kzalloc(test, sizeof(*slot), GFP_KERNEL);
	struct nimbos_peer *peer = kunit_kzalloc(test, sizeof(*peer), GFP_KERNEL);
	u64 offset, end = 0;
	unsigned int nr, area;

	KUNIT_ASSERT_NOT_NULL(test, slot);
	KUNIT_ASSERT_NOT_NULL(test, peer);
	slot->peer = peer;
	for (peer->id = 0; peer->id < NIMBOS_MAX_PEERS; peer->id++) {
		for (nr = 0; nr < NIMBOS_SCF_MAX_SLOTS; nr++) {
			slot->nr = nr;
			for (area = NIMBOS_SLOT_CONTROL; area <= NIMBOS_SLOT_WINDOW; area++) {
				offset = nimbos_slot_map_offset(slot, area);
				KUNIT_ASSERT_GE(test, offset, end);
				/* No area is larger than the region that it is cut from. */
				end = offset + SZ_4G;
			}
		}
	}
	KUNIT_EXPECT_LE(test, end, (u64)LLONG_MAX);
}

struct claim {
	u64 base, size, private_size;
	int err;
	bool legacy;
};

static const struct claim bad_claims[] = {
	{ 0x3a001000, SZ_4M, 0, -EINVAL },
	{ 0x3a000000, SZ_4M + PAGE_SIZE, 0, -EINVAL },
	{ 0x3a000000, SZ_2M, 0, -EINVAL },
	{ 0x3a000000, 0, 0, -EINVAL },
	{ 0x3a000000, SZ_4M, SZ_4M, -EINVAL },
	{ 0x3a000000, SZ_4M, 0x1001, -EINVAL },
	{ 0x3a000000, SZ_4M, U64_MAX & PAGE_MASK, -EINVAL },
	{ 0xffc00000, SZ_8M, 0, -ERANGE },
	{ SZ_4G, SZ_4M, 0, -ERANGE },
	{ 0x3a000000, 0xffffffffffe00000, 0, -ERANGE },
	{ 0, SZ_4M, 0, -EADDRNOTAVAIL },
	{ 0x1000000, SZ_4M, 0, -EADDRNOTAVAIL },
	{ 0x42000000, SZ_64M, 0, -EINVAL, .legacy = true },
	{ 0x1000000, NIMBOS_LEGACY_REGION_SIZE, 0, -EADDRNOTAVAIL, .legacy = true },
};

static void bad_regions_are_refused(struct kunit *test)
{
	const struct claim *claim;
	u64 private_size;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad_claims); i++) {
		claim = &bad_claims[i];
		private_size = claim->private_size;
		KUNIT_EXPECT_EQ_MSG(test, claim->err,
				    nimbos_region_check(claim->base, claim->size, false,
							claim->legacy, &private_size),
				    "region %u", i);
	}
}

static void cpus_that_cannot_be_taken(struct kunit *test)
{
	bool was_online;

	KUNIT_EXPECT_EQ(test, -ENODEV, nimbos_cpu_take(nr_cpu_ids, &was_online));
	KUNIT_EXPECT_EQ(test, -ENODEV, nimbos_cpu_take(U32_MAX, &was_online));
	KUNIT_EXPECT_EQ(test, num_online_cpus() == 1 ? -EDEADLK : -EOPNOTSUPP,
			nimbos_cpu_take(0, &was_online));
}

static void memory_is_zeroed(struct kunit *test)
{
	const size_t size = 3 * PAGE_SIZE;
	u8 *memory = kunit_kzalloc(test, size + 1, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, memory);
	memset(memory, 0xff, size + 1);
	nimbos_region_zero(memory, size);
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(memory, 0, size), NULL);
	KUNIT_EXPECT_EQ(test, memory[size], 0xff);
}

/* Whatever user space and a peer say that the time is. */
static void stages_of_any_length(struct kunit *test)
{
	static const u64 times[] = { 1, 2, S64_MAX, BIT_ULL(63), BIT_ULL(63) + 1, U64_MAX };
	const s64 ms = NSEC_PER_MSEC;
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(times); i++)
		for (k = 0; k < ARRAY_SIZE(times); k++)
			nimbos_calls_stage_ns(times[i], times[k]);
	KUNIT_EXPECT_EQ(test, -1, nimbos_calls_stage_ns(0, 1000));
	KUNIT_EXPECT_EQ(test, -1, nimbos_calls_stage_ns(1000, 0));
	KUNIT_EXPECT_EQ(test, 0, nimbos_calls_stage_ns(1000, 1000));
	KUNIT_EXPECT_EQ(test, ms, nimbos_calls_stage_ns(1000, 1000 + tsc_khz));
	KUNIT_EXPECT_EQ(test, -ms, nimbos_calls_stage_ns(1000 + tsc_khz, 1000));
	KUNIT_EXPECT_EQ(test, 1000 * ms, nimbos_calls_stage_ns(1, 1 + 1000ULL * tsc_khz));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(areas_do_not_overlap),
	KUNIT_CASE(bad_regions_are_refused),
	KUNIT_CASE(cpus_that_cannot_be_taken),
	KUNIT_CASE(memory_is_zeroed),
	KUNIT_CASE(stages_of_any_length),
	{}
};

static struct kunit_suite suite = {
	.name = "nimbos",
	.test_cases = cases,
};
kunit_test_suite(suite);
