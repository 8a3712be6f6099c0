// SPDX-License-Identifier: GPL-2.0
/*
 * What the module's unit tests said when it was loaded.
 */
#include <sys/klog.h>

#include "selftest.h"

#include "kselftest_harness.h"

static char kernel_log[1 << 20];

static bool has_kunit(void)
{
	FILE *symbols = fopen("/proc/kallsyms", "re");
	bool found = false;
	char line[256];

	while (symbols && !found && fgets(line, sizeof(line), symbols))
		found = strstr(line, " kunit_run_tests\n");
	if (symbols)
		fclose(symbols);
	return found;
}

TEST(unit_tests_passed)
{
	unsigned int passed, failed;
	const char *result;
	int fields;

	if (!has_kunit())
		SKIP(return, "this kernel has no KUnit");
	ASSERT_GT(klogctl(3 /* SYSLOG_ACTION_READ_ALL */, kernel_log, sizeof(kernel_log) - 1), 0);
	result = strstr(kernel_log, "# nimbos: pass:");
	ASSERT_NE(NULL, result);
	fields = sscanf(result, "# nimbos: pass:%u fail:%u", &passed, &failed);
	ASSERT_EQ(2, fields);
	EXPECT_GE(passed, 5);
	EXPECT_EQ(0, failed);
}

TEST_HARNESS_MAIN
