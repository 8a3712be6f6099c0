/* SPDX-License-Identifier: GPL-2.0 */
/* How cases are written, and the user-interrupt state that they start from. */
#ifndef TEST_H
#define TEST_H

#include "kern.h"

struct test {
	const char *name;
	void (*run)(void);
	u32 cpus;		/* at least so many, or it is skipped */
};

#define TEST_CPUS(id, text, n)							\
	static void id(void);							\
	static const struct test test_##id = { text, id, n };			\
	static const struct test *const case_##id				\
		__section(".cases") __used = &test_##id;		\
	static void id(void)
#define TEST(id, text)	TEST_CPUS(id, text, 1)

void fail(const char *file, int line, const char *what, u64 got, u64 wanted);
void skip(const char *why);
bool failed(void);
bool result(u32 number, const char *name);

/* Each of them ends the case; "wanted" is the second. */
#define EQUAL(got, wanted) do {							\
	u64 got_ = (u64)(got), wanted_ = (u64)(wanted);				\
	if (got_ != wanted_) {							\
		fail(__FILE__, __LINE__, #got, got_, wanted_);			\
		return;								\
	}									\
} while (0)
#define TRUE(cond)	EQUAL(!!(cond), 1)
#define FALSE(cond)	EQUAL(!!(cond), 0)

/* fn(arg) at CPL 0 raises @vector. */
#define RAISES(vector, fn, arg) do {						\
	if (try(fn, (void *)(u64)(arg))) {					\
		fail(__FILE__, __LINE__, #fn "(" #arg ") raised", ~0ul, vector);\
		return;								\
	}									\
	EQUAL(this_cpu()->fault.vec, vector);					\
} while (0)

/* fn(a, b) at CPL 3 raises @vector. */
#define USER_RAISES(vector, fn, a, b) do {					\
	this_cpu()->fault.vec = ~0ul;						\
	EQUAL(user_call(UADDR(fn), (u64)(a), (u64)(b)), USER_FAULT);		\
	EQUAL(this_cpu()->fault.vec, vector);					\
} while (0)

/* The descriptors of the manual. */
struct upid {
	u64 nc;
	u64 pir;
} __aligned(64);

#define UPID_ON		1ul
#define UPID_SN		2ul

struct uitte {
	u64 flags;		/* bit 0: V; 15:8: UV */
	u64 upid;
};

#define UITT_SIZE	128	/* entry i: vector i to CPU 0; 64 + c: vector c to CPU c */
#define UINV		0xe1
#define OTHER_VEC	0xe2
#define MISC(uinv, size)	((u64)(uinv) << 32 | (size))

extern struct upid upids[MAX_CPUS];
extern struct uitte uitt[UITT_SIZE];

/* uintr.c */
void uintr_setup(void);		/* on this CPU, with UIF clear and all armed */
void uintr_clear(void);		/* the state after reset */
u64 upid_nc(u32 cpu);		/* what uintr_setup() writes there */
void ucode_set(const void *bytes, u32 size);
void send_from_kernel(void *index);
void wrmsr_arg(void *arg);	/* struct msr_write */
struct msr_write {
	u32 msr;
	u64 val;
};
bool wrmsr_raises_gp(u32 msr, u64 val);

/* For run_on(). */
extern volatile u64 uintr_seen_rr;
bool uintr_rr_set(void *arg);
void uintr_read_rr(void *arg);	/* waits for a request, into uintr_seen_rr */
void uintr_xss_on(void *arg);
void uintr_off(void *arg);
void uintr_send_once(void *index);

#endif
