// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer: a legacy peer's queue, and its calls, that hold anything.
 *
 * The first byte of the input says what is fuzzed. A queue: the input is what the page holds, and
 * what changes in it from one request to the next. A call: the input is the request and the
 * arguments that version 1 has in its buffer; no call is executed, but what Linux would get to see
 * is checked.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "legacy_page.h"
#include "args.h"
#include "legacy.h"
#include "log.h"

#define REGION_BASE 0x42000000UL
#define FD_FLOOR 1024

struct input {
	const uint8_t *data;
	size_t size;
};

static struct input input;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_bytes(void *to, size_t size)
{
	size_t n = size < input.size ? size : input.size;

	memset(to, 0, size);
	memcpy(to, input.data, n);
	input.data += n;
	input.size -= n;
}

static uint8_t take_byte(void)
{
	uint8_t byte;

	take_bytes(&byte, 1);
	return byte;
}

static void expect(bool truth)
{
	if (!truth)
		abort();
}

/* The address sanitizer watches both ends of the page. */
static void fuzz_queue(const struct version *version)
{
	static char page[PAGE_BYTES] __attribute__((aligned(PAGE_BYTES)));
	struct nimbos_legacy_queue queue;
	struct nimbos_legacy_take request;
	uint16_t at;
	int ret;

	page_set_up(page, version);
	nimbos_legacy_queue_init(&queue, page, version->legacy);
	while (input.size) {
		for (uint8_t n = take_byte() % 8; n; n--) {
			take_bytes(&at, sizeof(at));
			AT8(page, at % PAGE_BYTES) = take_byte();
		}
		/* A good request now and then, or nothing would be taken. */
		if (take_byte() & 1)
			page_request(page, version, take_byte() % version->capacity, take_byte(),
				     0);
		request.request = ~0U;
		ret = nimbos_legacy_queue_take(&queue, &request);
		expect(!ret || ret == -EAGAIN || ret == -EPROTO);
		expect(ret ? request.request == ~0U : request.request < version->capacity);
		if (take_byte() & 1)
			request.request = take_byte();
		ret = nimbos_legacy_queue_answer(&queue, request.request, -1);
		expect(!ret || ret == -ENOENT);
		expect(ret || page_result(page, version, (u16)request.request) == -1);
		nimbos_legacy_queue_is_empty(&queue);
	}
	nimbos_legacy_queue_abandon(&queue, -ECONNRESET);
	for (u32 nr = 0; nr < version->capacity; nr++)
		expect(nimbos_legacy_queue_answer(&queue, nr, 0) == -ENOENT);
}

static struct legacy legacy;
static struct shadow shadow = { .legacy = &legacy };
static struct worker worker = { .shadow = &shadow };

void log_line(int level, const char *event, const char *format, ...)
{
	(void)level;
	(void)event;
	(void)format;
}

void legacy_hand_over(struct worker *by)
{
	(void)by;
}

void shadow_fork(struct worker *by, struct answer *answer)
{
	(void)by;
	answer->aux = take_byte();
}

int64_t legacy_uintr_init(struct worker *by)
{
	(void)by;
	return take_byte();
}

static bool is_peers(uint64_t at, uint64_t len)
{
	const struct legacy_space *space = &legacy.space;

	return at >= space->start && len <= space->size && at - space->start <= space->size - len;
}

/* In Linux's place, by the linker: what it would touch is the peer's, or the caller's own. */
long __wrap_syscall(long nr, uint64_t a, uint64_t b, uint64_t c);
long __wrap_syscall(long nr, uint64_t a, uint64_t b, uint64_t c)
{
	const uint64_t args[3] = { a, b, c };

	switch (nr) {
	case SYS_read:
	case SYS_write:
		expect((int32_t)args[0] < FD_FLOOR);
		/* NULL leads nowhere, whatever the length is. */
		expect(!args[1] || !args[2] || is_peers(args[1], args[2]));
		return take_byte();
	case SYS_open:
		expect(!args[0] || legacy.version == 1 || is_peers(args[0], 1));
		/* What version 1 names ends by itself. */
		expect(legacy.version != 1 || strnlen((const char *)(uintptr_t)args[0], 256) < 256);
		return take_byte();
	case SYS_stat:
		expect(is_peers(args[0], 1));
		memset((void *)(uintptr_t)args[1], 0, sizeof(struct stat));
		return 0;
	case SYS_close:
		expect((int32_t)args[0] < FD_FLOOR);
		return 0;
	default:
		abort();
	}
}

static void start_space(unsigned int version)
{
	uint64_t size = version == 1 ? NIMBOS_LEGACY_V1_DATA_SIZE : NIMBOS_LEGACY_REGION_SIZE;
	int fd = memfd_create("peer", MFD_CLOEXEC);

	legacy = (struct legacy){
		.version = version,
		.threads = 1,
		.space = { .region_base = REGION_BASE, .region_size = NIMBOS_LEGACY_REGION_SIZE },
	};
	expect(fd >= 0 && !ftruncate(fd, (off_t)size));
	expect(!legacy_space_init(&legacy.space, version));
	expect(!legacy_space_open(&legacy.space, fd));
	worker.caller.window = legacy.space.start;
	worker.caller.window_size = legacy.space.size;
	worker.caller.fd_floor = FD_FLOOR;
	if (!worker.caller.scratch)
		expect(!caller_init(&worker.caller));
}

static void end_space(void)
{
	munmap((void *)(uintptr_t)legacy.space.start, legacy.space.size);
	free(legacy.space.mirrored);
	close(legacy.space.fd);
}

static void fuzz_calls(unsigned int version)
{
	struct nimbos_legacy_take request = { 0 };
	struct answer answer;
	uint64_t at;

	start_space(version);
	while (input.size) {
		request.opcode = take_byte();
		take_bytes(request.args, version == 1 ? 8 : sizeof(request.args));
		at = request.args[0] % NIMBOS_LEGACY_V1_DATA_SIZE;
		if (version == 1 && at <= NIMBOS_LEGACY_V1_DATA_SIZE - 24)
			take_bytes((char *)(uintptr_t)legacy.space.start + at, 24);
		answer = (struct answer){ 0 };
		legacy_execute(&worker, &request, &answer);
		legacy.threads = 1;
	}
	end_space();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned int what;

	input = (struct input){ data, size };
	what = take_byte();
	if (what & 1)
		fuzz_queue(&versions[what / 2 % NR_VERSIONS]);
	else
		fuzz_calls(1 + what / 2 % 2);
	return 0;
}
