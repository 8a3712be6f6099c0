// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: calls of RVM1.5. The code is in RAX, arguments are in RDI and RSI, the result is in RAX.
 */
#include <linux/errno.h>
#include <linux/string.h>

#include "compat.h"
#include "rvm.h"

#define RVM_CPUID 0x40000000
static const char rvm_signature[12] = "RVMRVMRVMRVM";

/**
 * nimbos_rvm_present() - does Linux run on RVM1.5 now?
 *
 * It comes and goes while Linux runs, so that this is asked each time. Any context.
 */
noinline bool nimbos_rvm_present(void)
{
	u32 eax, name[3];

	cpuid(RVM_CPUID, &eax, &name[0], &name[1], &name[2]);
	return !memcmp(name, rvm_signature, sizeof(name));
}

/**
 * nimbos_rvm_call() - call the hypervisor
 * @call: which call
 * @arg: its argument
 *
 * Any context; nimbos_rvm_present() has said yes, else the instruction is an invalid one.
 *
 * Return: 0 or a negative errno; -ENOSYS if the hypervisor does not know the call.
 */
long nimbos_rvm_call(enum nimbos_rvm_call call, u64 arg)
{
	long ret = call;

	if (boot_cpu_data.x86_vendor == X86_VENDOR_AMD ||
	    boot_cpu_data.x86_vendor == X86_VENDOR_HYGON)
		asm volatile("vmmcall" : "+a"(ret) : "D"(arg), "S"(0UL) : "memory", "cc");
	else
		asm volatile("vmcall" : "+a"(ret) : "D"(arg), "S"(0UL) : "memory", "cc");
	/* A call that it does not know leaves RAX as it was. */
	return ret == call && call != 0 ? -ENOSYS : ret;
}
