// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of the shadow's argument checks: the fixture.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "calls_fixture.h"
#include "fds.h"

#define GUARD_SIZE 0x10000UL
#define WHOLE_SIZE (WINDOW_SIZE + 2 * GUARD_SIZE)

int calls_setup(void **state)
{
	static uint32_t floor;
	struct calls *calls = calloc(1, sizeof(*calls));
	char *whole;

	assert_non_null(calls);
	/* Once for all tests of the program, as in a shadow. */
	if (!floor)
		assert_int_equal(fds_init(&floor), 0);
	whole = mmap(NULL, WHOLE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(whole, MAP_FAILED);
	calls->window = whole + GUARD_SIZE;
	assert_int_equal(mprotect(calls->window, WINDOW_SIZE, PROT_READ | PROT_WRITE), 0);
	calls->canary = mmap(NULL, CANARY_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			     -1, 0);
	assert_ptr_not_equal(calls->canary, MAP_FAILED);
	memset(calls->canary, CANARY, CANARY_SIZE);
	calls->caller.window = (uintptr_t)calls->window;
	calls->caller.window_size = WINDOW_SIZE;
	calls->caller.fd_floor = floor;
	assert_int_equal(caller_init(&calls->caller), 0);
	calls->own_fd = fds_own(open("/dev/null", O_RDWR));
	assert_true(calls->own_fd >= (int)floor);
	*state = calls;
	return 0;
}

int calls_teardown(void **state)
{
	struct calls *calls = *state;

	calls_check_canary(calls);
	assert_int_equal(close(calls->own_fd), 0);
	munmap(calls->caller.scratch, SCRATCH_SIZE);
	munmap(calls->canary, CANARY_SIZE);
	munmap(calls->window - GUARD_SIZE, WHOLE_SIZE);
	free(calls);
	return 0;
}

void calls_check_canary(const struct calls *calls)
{
	for (size_t i = 0; i < CANARY_SIZE; i++)
		assert_int_equal(calls->canary[i], CANARY);
}
