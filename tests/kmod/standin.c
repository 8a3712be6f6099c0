// SPDX-License-Identifier: GPL-2.0
/*
 * For tests only: a stand-in for the hypervisor RVM1.5, where there is none. It is no hypervisor:
 *
 *  - that CPUID names RVM1.5 is made up by changing the answer of nimbos.ko's function that asks;
 *  - the hypercall instruction raises an invalid-opcode exception, as it does without a hypervisor;
 *    kernel code that executes it goes on in standin_call() instead, then behind the instruction;
 *  - a peer is started and stopped by the very code that nimbos.ko has for that without RVM1.5.
 *
 * So it shows that nimbos.ko goes through the steps, and nothing of what RVM1.5 does in them.
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/io.h>
#include <linux/kdebug.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include <asm/traps.h>

#include "apic.h"
#include "nimbos.h"
#include "rvm.h"
#include "standin.h"

static unsigned int cpu = 1;
module_param(cpu, uint, 0444);
MODULE_PARM_DESC(cpu, "The CPU that is set aside for the RTOS; Linux must have it offline");

static unsigned long long start = 0x42000000;
module_param(start, ullong, 0444);
static unsigned long long size = NIMBOS_LEGACY_REGION_SIZE;
module_param(size, ullong, 0444);
MODULE_PARM_DESC(size, "Memory of the RTOS, as the hypervisor has it");

static unsigned long long driver_size = NIMBOS_LEGACY_REGION_SIZE;
module_param(driver_size, ullong, 0444);
MODULE_PARM_DESC(driver_size, "Memory of the RTOS, as the driver has it; 0 while it knows none");

static bool knows_rt = true;
module_param(knows_rt, bool, 0444);
MODULE_PARM_DESC(knows_rt, "It knows the calls RtStart and RtShutdown");

static bool stops = true;
module_param(stops, bool, 0444);
MODULE_PARM_DESC(stops, "RtShutdown succeeds");

/* How often each has succeeded. */
static unsigned int starts_done, stops_done;
module_param(starts_done, uint, 0444);
module_param(stops_done, uint, 0444);

#define HYPERCALL_SIZE 3
static const u8 vmcall[HYPERCALL_SIZE] = { 0x0f, 0x01, 0xc1 };
static const u8 vmmcall[HYPERCALL_SIZE] = { 0x0f, 0x01, 0xd9 };

/* As long as RVM1.5's driver or a slow machine may take; a peer is up much sooner. */
#define UP_TIMEOUT_MS 10000
#define POLL_MS 20

unsigned long standin_return;
/* A call is under way: there is one place for its way back. */
static atomic_t busy;

/* What the code that starts peers looks at. */
static struct nimbos_peer rtos;
static bool running;

int get_rt_memory_region(struct mem_region *region)
{
	if (!driver_size)
		return -EBUSY;
	*region = (struct mem_region){ .start = start, .size = driver_size };
	return 0;
}
EXPORT_SYMBOL_GPL(get_rt_memory_region);

/* The page that it starts in stays until its first queue shows that it has left that. */
static void wait_until_up(void)
{
	const u64 queues[] = { NIMBOS_LEGACY_V1_QUEUE, NIMBOS_LEGACY_V2_QUEUE(0) };
	unsigned int i, ms;
	bool up = false;
	u32 *magic;

	for (ms = 0; !up && ms < UP_TIMEOUT_MS; ms += POLL_MS) {
		msleep(POLL_MS);
		for (i = 0; i < ARRAY_SIZE(queues); i++) {
			magic = memremap(rtos.region.base + queues[i], PAGE_SIZE, MEMREMAP_WB);
			up |= magic && READ_ONCE(*magic) == NIMBOS_LEGACY_MAGIC;
			memunmap(magic);
		}
	}
}

static long rt_start(u64 entry)
{
	int err;

	if (entry < start || entry >= start + size)
		return -EINVAL;
	if (running || cpu_online(cpu))
		return -EBUSY;
	rtos.region.base = entry;
	rtos.apicid = nimbos_apic_id(cpu);
	err = nimbos_peer_native_ops.start(&rtos);
	if (err)
		return err;
	wait_until_up();
	nimbos_peer_native_ops.settle(&rtos);
	running = true;
	starts_done++;
	return 0;
}

static long rt_shutdown(void)
{
	if (!running)
		return -EINVAL;
	if (!stops)
		return -EIO;
	nimbos_peer_native_ops.stop(&rtos);
	running = false;
	stops_done++;
	return 0;
}

long standin_call(u64 rax, u64 rdi)
{
	long ret = rax;

	if (knows_rt && (u32)rax == NIMBOS_RVM_RT_START)
		ret = rt_start(rdi);
	else if (knows_rt && (u32)rax == NIMBOS_RVM_RT_SHUTDOWN)
		ret = rt_shutdown();
	atomic_set(&busy, 0);
	return ret;
}

static int on_trap(struct notifier_block *nb, unsigned long event, void *data)
{
	const struct die_args *args = data;
	struct pt_regs *regs = args->regs;
	u8 code[HYPERCALL_SIZE];

	if (event != DIE_TRAP || args->trapnr != X86_TRAP_UD || user_mode(regs))
		return NOTIFY_DONE;
	if (copy_from_kernel_nofault(code, (void *)regs->ip, sizeof(code)) ||
	    (memcmp(code, vmcall, sizeof(code)) && memcmp(code, vmmcall, sizeof(code))))
		return NOTIFY_DONE;
	/* An exception must not sleep: the call itself is made when it has returned. */
	if (atomic_xchg(&busy, 1)) {
		regs->ax = -EBUSY;
		regs->ip += HYPERCALL_SIZE;
	} else {
		standin_return = regs->ip + HYPERCALL_SIZE;
		regs->ip = (unsigned long)standin_thunk;
	}
	return NOTIFY_STOP;
}

static struct notifier_block trap_notifier = { .notifier_call = on_trap };

static int say_yes(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	regs_set_return_value(regs, true);
	return 0;
}

static struct kretprobe present_probe = {
	.kp.symbol_name = "nimbos:nimbos_rvm_present",
	.handler = say_yes,
};

static int __init standin_init(void)
{
	int err;

	nimbos_apic_init();
	err = register_die_notifier(&trap_notifier);
	if (err)
		return err;
	err = register_kretprobe(&present_probe);
	if (err) {
		unregister_die_notifier(&trap_notifier);
		return err;
	}
	pr_info("a stand-in for RVM1.5, for tests only: CPU %u, memory %#llx+%#llx\n", cpu, start,
		size);
	return 0;
}

static void __exit standin_exit(void)
{
	unregister_kretprobe(&present_probe);
	unregister_die_notifier(&trap_notifier);
}

module_init(standin_init);
module_exit(standin_exit);

MODULE_DESCRIPTION("Test only: answers the hypercalls of RVM1.5 where there is none");
MODULE_LICENSE("GPL");
