/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Unit tests of the shadow's argument checks: a caller with a window of its own, between pages that
 * nobody can touch, and a page beside them that calls must never reach.
 */
#ifndef CALLS_FIXTURE_H
#define CALLS_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "args.h"

#define WINDOW_SIZE 0x10000UL
#define CANARY_SIZE 0x1000UL
#define CANARY 0x5a

/**
 * struct calls - what a test has
 * @caller: on whose behalf calls are executed
 * @window: the window
 * @canary: memory outside of it, CANARY_SIZE bytes of CANARY
 * @own_fd: a descriptor of the shadow itself
 */
struct calls {
	struct caller caller;
	char *window;
	unsigned char *canary;
	int own_fd;
};

int calls_setup(void **state);
int calls_teardown(void **state);

/* Execute a call with up to six arguments. */
#define CALL(calls, name, ...) \
	call_execute(&(calls)->caller, SYS_##name, (uint64_t[6]){ __VA_ARGS__ })

/* An address as an argument. */
#define AT(pointer) ((uint64_t)(uintptr_t)(pointer))

/* Fails the test if a call has written outside of the window. */
void calls_check_canary(const struct calls *calls);

#endif /* CALLS_FIXTURE_H */
