// SPDX-License-Identifier: GPL-2.0
/*
 * Errors of the ioctls in words: as many sentences as linux/nimbos.h has errors.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "nimbos/nimbos.h"

/*
 * What the header documents; errors of every ioctl stand under QUERY, the first of them,
 * and those of user interrupts under UINTR_WAIT.
 */
static const struct {
	unsigned int cmd;
	int error;
} documented[] = {
#define DOCUMENTED(cmd, error) { NIMBOS_CMD_##cmd, error },
#include "documented_errors.h"
};

#define DOCUMENTED_ERRORS (sizeof(documented) / sizeof(documented[0]))

static void test_every_error_has_a_sentence(void **state)
{
	(void)state;
	assert_true(DOCUMENTED_ERRORS > 35);
	for (size_t i = 0; i < DOCUMENTED_ERRORS; i++) {
		const char *text = nimbos_strerror(documented[i].cmd, documented[i].error);

		if (!strcmp(text, strerror(documented[i].error)))
			fail_msg("no sentence for command %u, error %d", documented[i].cmd,
				 documented[i].error);
		/* What it means; what to do. */
		assert_non_null(strchr(text, ';'));
		assert_string_equal(text, nimbos_strerror(documented[i].cmd, -documented[i].error));
	}
}

static void test_sentences_tell_errors_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < DOCUMENTED_ERRORS; i++) {
		const char *one = nimbos_strerror(documented[i].cmd, documented[i].error);

		for (size_t j = 0; j < i; j++) {
			const char *other = nimbos_strerror(documented[j].cmd, documented[j].error);

			if (documented[i].cmd == documented[j].cmd)
				assert_string_not_equal(one, other);
		}
	}
}

static void test_other_errors(void **state)
{
	(void)state;
	assert_string_equal(nimbos_strerror(NIMBOS_CMD_QUERY, EXDEV), strerror(EXDEV));
	assert_string_equal(nimbos_strerror(12345, -EXDEV), strerror(EXDEV));
	assert_string_equal(nimbos_peer_state_name(NIMBOS_PEER_FAILED), "failed");
	assert_string_equal(nimbos_peer_state_name(1000), "unknown");
	assert_string_equal(nimbos_uintr_state_name(NIMBOS_UINTR_OK), "available");
	for (unsigned int state = NIMBOS_UINTR_OK; state <= NIMBOS_UINTR_OFF; state++)
		assert_string_not_equal(nimbos_uintr_state_name(state), "unknown");
	assert_string_equal(nimbos_uintr_state_name(1000), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_error_has_a_sentence),
		cmocka_unit_test(test_sentences_tell_errors_apart),
		cmocka_unit_test(test_other_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
