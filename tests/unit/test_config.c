// SPDX-License-Identifier: GPL-2.0
/*
 * Reading the configuration of a peer: what is right, and how what is wrong is named.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "config.h"

static char path[] = "/tmp/nimbos-config-XXXXXX";
static char error[CONFIG_ERROR_SIZE];

static struct {
	char *image;
	bool log;
	uint32_t lanes;
	uint32_t any;
	uint32_t delay;
	uint64_t window;
	uint64_t limit;
	unsigned int words;
	bool window_given;
	bool limit_given;
} got;

/* Counts the words of a list. */
static bool parse_letter(const char *word, void *value)
{
	if (strlen(word) != 1)
		return false;
	++*(unsigned int *)value;
	return true;
}

static const struct config_key keys[] = {
	CONFIG_KEY("peer", "image", CONFIG_TEXT, &got.image),
	CONFIG_KEY("peer", "log", CONFIG_FLAG, &got.log),
	CONFIG_KEY("peer", "lanes", CONFIG_NUMBER, &got.lanes, .min = 1, .max = 64),
	CONFIG_KEY("peer", "any", CONFIG_NUMBER, &got.any),
	CONFIG_KEY("peer", "window", CONFIG_SIZE, &got.window, .given = &got.window_given,
		   .min = 4096),
	CONFIG_KEY("service", "delay", CONFIG_NUMBER, &got.delay, .among_others = true),
	CONFIG_KEY("policy", "limit", CONFIG_SIZE, &got.limit, .given = &got.limit_given,
		   .max = 1 << 20),
	CONFIG_KEY("policy", "letter", CONFIG_WORD, &got.words, .parse = parse_letter,
		   .words = "a letter", .list = true),
	CONFIG_END,
};

static int read_text(const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	free(got.image);
	memset(&got, 0, sizeof(got));
	error[0] = '\0';
	return config_read(path, keys, error);
}

static void test_values(void **state)
{
	(void)state;
	assert_int_equal(read_text("# a comment\n"
				   "\n"
				   "[peer]\n"
				   "image = /lib/some image.bin ; another\n"
				   "log=yes\n"
				   "lanes = 0x10\n"
				   "window = 16M\n"
				   "[service]\n"
				   "what = this is nobody's business here\n"
				   "delay = 5\n"
				   "[policy]\n"
				   "letter = a\n"
				   "  b\n"
				   "letter = c\n"), 0);
	assert_string_equal(got.image, "/lib/some image.bin");
	assert_true(got.log);
	assert_int_equal(got.lanes, 16);
	assert_int_equal(got.window, 16 << 20);
	assert_true(got.window_given);
	assert_false(got.limit_given);
	assert_int_equal(got.words, 3);
	assert_int_equal(got.delay, 5);
	assert_string_equal(error, "");
}

static void test_nothing(void **state)
{
	(void)state;
	assert_int_equal(read_text(""), 0);
	assert_null(got.image);
	assert_int_equal(read_text("[peer]\nany = 4294967295"), 0);
	assert_int_equal(got.any, UINT32_MAX);
}

/* The whole of the sentence, behind the name of the file. */
static void test_errors(void **state)
{
	static const struct {
		const char *text;
		const char *error;
	} wrong[] = {
		{ "[peer]\nlanes = 65\n", ":2: [peer] lanes = '65' is not a number from 1 to 64" },
		{ "[peer]\nlanes = 0\n", ":2: [peer] lanes = '0' is not a number from 1 to 64" },
		{ "[peer]\nlanes =\n", ":2: [peer] lanes = '' is not a number from 1 to 64" },
		{ "[peer]\nany = 4294967296\n",
		  ":2: [peer] any = '4294967296' is not a number from 0 to 4294967295" },
		{ "[peer]\nwindow = 1k\n",
		  ":2: [peer] window = '1k' is not a size, as in 16M, of at least 4096" },
		{ "[policy]\nlimit = 2M\n",
		  ":2: [policy] limit = '2M' is not a size, as in 16M, from 0 to 1048576" },
		{ "[peer]\n\nlog = true\n", ":3: [peer] log = 'true' is not yes or no" },
		{ "[peer]\nimage =\n", ":2: [peer] image = '' is not a text" },
		{ "[policy]\nletter = a\nletter = bc\n",
		  ":3: [policy] letter = 'bc' is not a letter" },
		{ "[peer]\nlog = yes\nlog = yes\n",
		  ":3: [peer] log = 'yes' is here for the second time, or the line is indented" },
		{ "[policy]\nleter = a\n",
		  ":2: [policy] has no key 'leter'; there are limit, letter" },
		{ "[polcy]\nletter = a\n",
		  ":2: 'letter' is in section [polcy]; there are [peer], [service] and [policy]" },
		{ "letter = a\n", ":1: 'letter' is in no section; it belongs below [peer], "
				  "[service] or [policy]" },
		{ "[peer]\nwhat\n", ":2: neither a [section], nor KEY = VALUE, nor a comment" },
		{ "[peer\nlog = yes\n", ":1: neither a [section], nor KEY = VALUE, nor a comment" },
		/* The first one of two, whichever kind it is. */
		{ "[peer]\nwhat\nlog = on\n",
		  ":2: neither a [section], nor KEY = VALUE, nor a comment" },
		{ "[peer]\nlog = on\nwhat\n", ":2: [peer] log = 'on' is not yes or no" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(read_text(wrong[i].text), -EINVAL);
		assert_memory_equal(error, path, strlen(path));
		assert_string_equal(error + strlen(path), wrong[i].error);
	}
}

static void test_long_line(void **state)
{
	char text[512] = "[peer]\nimage = ";

	(void)state;
	memset(text + strlen(text), 'x', 300);
	assert_int_equal(read_text(text), -EINVAL);
	assert_non_null(strstr(error, ":2: the line has more than 198 characters"));
}

static void test_names(void **state)
{
	static const char *const bad[] = { "", ".", "..", "a.conf", "a b", "a\n", "\xc3\xa4" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(config_read(bad[i], keys, error), -EINVAL);
		assert_non_null(strstr(error, "is no name of a configuration"));
	}
	assert_int_equal(config_read("No-such_peer-0", keys, error), -ENOENT);
	assert_string_equal(error, "/etc/nimbos/No-such_peer-0.conf: cannot open it: No such file "
				   "or directory");
	assert_int_equal(config_read("/tmp", keys, error), -EINVAL);
	assert_string_equal(error, "/tmp: not a file");
}

static void test_owner(void **state)
{
	(void)state;
	if (geteuid())
		skip();
	assert_int_equal(read_text("[peer]\n"), 0);
	assert_int_equal(chmod(path, 0620), 0);
	assert_int_equal(read_text("[peer]\n"), -EPERM);
	assert_int_equal(chmod(path, 0602), 0);
	assert_int_equal(read_text("[peer]\n"), -EPERM);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(chown(path, 1, 0), 0);
	assert_int_equal(read_text("[peer]\n"), -EPERM);
	assert_non_null(strstr(error, "belongs to user 1 and has mode 0600"));
	assert_int_equal(chown(path, 0, 0), 0);
}

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	free(got.image);
	return unlink(path);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),	 cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_errors),	 cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_names),	 cmocka_unit_test(test_owner),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
