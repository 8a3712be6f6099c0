// SPDX-License-Identifier: GPL-2.0
/*
 * Says whether the local APICs are in x2APIC mode, so that a run that means to test it cannot pass
 * without it.
 */
#include <stdio.h>
#include <string.h>
#include <sys/klog.h>

#include "selftest.h"

#include "kselftest_harness.h"

TEST(x2apic_mode_is_on)
{
	static char log[1 << 20];

	ASSERT_GT(klogctl(3 /* SYSLOG_ACTION_READ_ALL */, log, sizeof(log) - 1), 0);
	EXPECT_NE(NULL, strstr(log, "x2apic enabled")) TH_LOG("the kernel did not say so");
}

TEST_HARNESS_MAIN
