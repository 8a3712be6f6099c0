// SPDX-License-Identifier: GPL-2.0
/*
 * For tests only: looks at what the processor has of user interrupts when a thread gets it.
 *
 * uintr_witness/seen: who opens it has a preempt notifier from then on, as KVM's threads have: each
 * time that the thread comes to a CPU, before it executes anything, the CPU is looked at. Reading
 * tells how often that was, how often there was anything, and what there was the last time. The
 * thread that has opened it must be the one that closes it.
 *
 * uintr_witness/zero: the UPID whose physical address is written to it becomes zero.
 *
 * With the parameter own it is somebody else that uses the registers, on CPU 0, until it goes. With
 * the parameter leave it writes to the registers of CPUs that come online what a peer may have had
 * there: the emulator clears that at INIT.
 */
#include <linux/cpuhotplug.h>
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include <asm/msr.h>

#include "compat.h"

/* None is in the kernel's headers. */
#define CR4_UINTR BIT(25)
#define CPUID_7_EDX_UINTR BIT(5)
#define MSR_UINTR_FIRST 0x985
#define MSR_UINTR_MISC 0x988
#define MSR_UINTR_TT 0x98a
#define NR_MSRS 6

static bool own;
module_param(own, bool, 0444);
MODULE_PARM_DESC(own, "Use them on CPU 0 (default: no)");

static bool leave;
module_param(leave, bool, 0444);
MODULE_PARM_DESC(leave, "Leave something to CPUs that come online (default: no)");

/**
 * struct state - what a CPU has of user interrupts
 * @cr4: of CR4, the bit
 * @uif: the user-interrupt flag
 * @msr: RR, HANDLER, STACKADJUST, MISC, PD, TT
 */
struct state {
	bool cr4;
	bool uif;
	u64 msr[NR_MSRS];
};

/**
 * struct witness - a thread that looks
 * @notifier: by which the scheduler tells us
 * @task: the thread
 * @switches: how often it was given a CPU
 * @dirty: how often there was anything
 * @last: what there was the last time
 *
 * It is the thread's own, which includes the scheduler's calls on its behalf.
 */
struct witness {
	struct preempt_notifier notifier;
	struct task_struct *task;
	u64 switches;
	u64 dirty;
	struct state last;
};

static struct dentry *root;

static u64 read_msr(u32 msr)
{
	u32 low, high;

	rdmsr(msr, low, high);
	return (u64)high << 32 | low;
}

/* The instruction that tells is valid with CR4.UINTR only. */
static bool read_uif(bool cr4)
{
	bool uif;

	if (!cr4)
		nimbos_cr4_set_irqsoff(CR4_UINTR);
	asm volatile(".byte 0xf3, 0x0f, 0x01, 0xed" : "=@ccc"(uif));
	if (!cr4)
		nimbos_cr4_clear_irqsoff(CR4_UINTR);
	return uif;
}

/* Returns whether there is anything. Interrupts are off. */
static bool look(struct state *state)
{
	unsigned int i;
	bool found;

	state->cr4 = __read_cr4() & CR4_UINTR;
	found = state->cr4;
	for (i = 0; i < NR_MSRS; i++) {
		state->msr[i] = read_msr(MSR_UINTR_FIRST + i);
		found |= !!state->msr[i];
	}
	state->uif = read_uif(state->cr4);
	return found || state->uif;
}

static void sched_in(struct preempt_notifier *notifier, int cpu)
{
	struct witness *witness = container_of(notifier, struct witness, notifier);
	struct state state;
	unsigned long flags;
	bool found;

	local_irq_save(flags);
	found = look(&state);
	local_irq_restore(flags);
	witness->switches++;
	if (found) {
		witness->dirty++;
		witness->last = state;
	}
}

static void sched_out(struct preempt_notifier *notifier, struct task_struct *next)
{
}

static struct preempt_ops notifier_ops = {
	.sched_in = sched_in,
	.sched_out = sched_out,
};

static int seen_open(struct inode *inode, struct file *file)
{
	struct witness *witness = kzalloc(sizeof(*witness), GFP_KERNEL);

	if (!witness)
		return -ENOMEM;
	witness->task = current;
	file->private_data = witness;
	preempt_notifier_init(&witness->notifier, &notifier_ops);
	preempt_disable();
	preempt_notifier_register(&witness->notifier);
	preempt_enable();
	return 0;
}

static int seen_release(struct inode *inode, struct file *file)
{
	struct witness *witness = file->private_data;

	/* The list of notifiers is its thread's own: rather leak it. */
	if (WARN_ON(witness->task != current))
		return 0;
	preempt_disable();
	preempt_notifier_unregister(&witness->notifier);
	preempt_enable();
	kfree(witness);
	return 0;
}

static ssize_t seen_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	const struct witness *witness = file->private_data;
	const struct state *last = &witness->last;
	char text[256];
	int size;

	size = scnprintf(text, sizeof(text),
			 "switches %llu dirty %llu cr4 %d uif %d rr %#llx handler %#llx stackadjust %#llx misc %#llx pd %#llx tt %#llx\n",
			 witness->switches, witness->dirty, last->cr4, last->uif, last->msr[0],
			 last->msr[1], last->msr[2], last->msr[3], last->msr[4], last->msr[5]);
	return simple_read_from_buffer(buf, len, pos, text, size);
}

static const struct file_operations seen_fops = {
	.owner = THIS_MODULE,
	.open = seen_open,
	.release = seen_release,
	.read = seen_read,
	.llseek = default_llseek,
};

static int zero_set(void *data, u64 address)
{
	u64 *upid = memremap(address, 2 * sizeof(u64), MEMREMAP_WB);

	if (!upid)
		return -EINVAL;
	WRITE_ONCE(upid[0], 0);
	WRITE_ONCE(upid[1], 0);
	memunmap(upid);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(zero_fops, NULL, zero_set, "%llu\n");

static void use_registers(void *use)
{
	if (use)
		nimbos_cr4_set_irqsoff(CR4_UINTR);
	else
		nimbos_cr4_clear_irqsoff(CR4_UINTR);
}

static void use_cpu(bool use)
{
	if (own)
		smp_call_function_single(0, use_registers, use ? &own : NULL, 1);
}

/* Before those who were loaded later. */
static int leave_behind(unsigned int cpu)
{
	wrmsr(MSR_UINTR_MISC, 255, 0);
	wrmsr(MSR_UINTR_TT, PAGE_SIZE | 1, 0);
	return 0;
}

static enum cpuhp_state leave_state;

static int __init witness_init(void)
{
	int err;

	if (boot_cpu_data.cpuid_level < 7 || !(cpuid_edx(7) & CPUID_7_EDX_UINTR))
		return -ENODEV;
	if (leave) {
		err = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "uintr_witness:online",
						leave_behind, NULL);
		if (err < 0)
			return err;
		leave_state = err;
	}
	use_cpu(true);
	preempt_notifier_inc();
	root = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("seen", 0400, root, NULL, &seen_fops);
	debugfs_create_file("zero", 0200, root, NULL, &zero_fops);
	return 0;
}

static void __exit witness_exit(void)
{
	debugfs_remove(root);
	preempt_notifier_dec();
	use_cpu(false);
	if (leave)
		cpuhp_remove_state_nocalls(leave_state);
}

module_init(witness_init);
module_exit(witness_exit);

MODULE_DESCRIPTION("Test only: sees what a thread leaves of user interrupts, or uses them itself");
MODULE_LICENSE("GPL");
