// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: dump, a peer's memory and state as an ELF core file, which gdb, readelf and objdump
 * read: the region is a segment at its physical address, the state a note in JSON.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"

#define NOTE_NAME "nimbos"
#define NOTE_STATE 1
#define CHUNK (1 << 20)
#define ALIGN_UP(n, to) (((n) + (to) - 1) / (to) * (to))

static const char zeroes[CHUNK];

/* What stands before the region's bytes. */
struct head {
	Elf64_Ehdr elf;
	Elf64_Phdr note_segment;
	Elf64_Phdr region_segment;
	Elf64_Nhdr note;
	char note_name[ALIGN_UP(sizeof(NOTE_NAME), 4)];
};

/* The state follows the note's name at once. */
#define HEAD_SIZE (offsetof(struct head, note_name) + ALIGN_UP(sizeof(NOTE_NAME), 4))
_Static_assert(HEAD_SIZE == 64 + 2 * 56 + 12 + 8, "a core file has no padding here");

static struct head make_head(const struct nimbos_query *query, size_t state_size)
{
	size_t note_size = HEAD_SIZE - offsetof(struct head, note) + ALIGN_UP(state_size, 4);
	struct head head = {
		.elf = {
			.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
				     EV_CURRENT },
			.e_type = ET_CORE,
			.e_machine = EM_X86_64,
			.e_version = EV_CURRENT,
			.e_phoff = offsetof(struct head, note_segment),
			.e_ehsize = sizeof(Elf64_Ehdr),
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = 2,
		},
		.note_segment = {
			.p_type = PT_NOTE,
			.p_offset = offsetof(struct head, note),
			.p_filesz = note_size,
			.p_align = 4,
		},
		.region_segment = {
			.p_type = PT_LOAD,
			.p_flags = PF_R | PF_W | PF_X,
			.p_offset = ALIGN_UP(offsetof(struct head, note) + note_size, 4096),
			.p_vaddr = query->region_base,
			.p_paddr = query->region_base,
			.p_filesz = query->region_size,
			.p_memsz = query->region_size,
			.p_align = 4096,
		},
		.note = {
			.n_namesz = sizeof(NOTE_NAME),
			.n_descsz = (Elf64_Word)state_size,
			.n_type = NOTE_STATE,
		},
		.note_name = NOTE_NAME,
	};

	return head;
}

static bool write_at(int fd, const void *data, size_t size, off_t at)
{
	const char *from = data;

	while (size) {
		ssize_t n = pwrite(fd, from, size, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		from += n;
		at += n;
		size -= (size_t)n;
	}
	return true;
}

/* Memory that is all zero becomes a hole. */
static int copy_region(const struct ctl *ctl, int from, int to, const struct head *head)
{
	const uint64_t size = head->region_segment.p_filesz;
	const off_t base = (off_t)head->region_segment.p_offset;
	char *buf = malloc(CHUNK);
	const char *failed = NULL;
	uint64_t done = 0;

	while (buf && !failed && done < size) {
		ssize_t n = read(from, buf, CHUNK);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			/* The region may have been let go meanwhile. */
			errno = n ? errno : ENODATA;
			failed = "the region cannot be read";
		} else if (memcmp(buf, zeroes, (size_t)n) &&
			   !write_at(to, buf, (size_t)n, base + (off_t)done)) {
			failed = "the file cannot be written";
		} else {
			done += (size_t)n;
			ctl_progress(ctl, "dumped %llu of %llu MiB", (unsigned long long)done >> 20,
				     (unsigned long long)size >> 20);
		}
	}
	if (buf && !failed && ftruncate(to, base + (off_t)size))
		failed = "the file cannot be written";
	if (failed)
		ctl_fail(ctl, "%s: %s", failed, strerror(errno));
	else if (!buf)
		ctl_fail(ctl, "%s", strerror(ENOMEM));
	free(buf);
	return buf && !failed ? 0 : CTL_FAILED;
}

static int write_dump(const struct ctl *ctl, const struct nimbos_query *query, int from, int to)
{
	cJSON *object = peer_json(query);
	char *state = object ? cJSON_PrintUnformatted(object) : NULL;
	struct head head;
	int status;

	cJSON_Delete(object);
	if (!state)
		return ctl_fail(ctl, "%s", strerror(ENOMEM));
	head = make_head(query, strlen(state) + 1);
	if (write_at(to, &head, HEAD_SIZE, 0) &&
	    write_at(to, state, strlen(state) + 1, HEAD_SIZE))
		status = copy_region(ctl, from, to, &head);
	else
		status = ctl_fail(ctl, "the file cannot be written: %s", strerror(errno));
	cJSON_free(state);
	return status;
}

int peer_dump(const struct ctl *ctl, const struct nimbos_query *query, const char *path)
{
	int from, to, status;

	if (query->state == NIMBOS_PEER_OFFLINE)
		return ctl_fail(ctl, "peer %u has no memory; start it first", query->peer);
	from = ctl_open_debugfs(ctl, query->peer, "region");
	if (from < 0)
		return CTL_FAILED;
	/* The region may hold secrets of programs. */
	to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (to < 0) {
		status = ctl_fail(ctl, "'%s' cannot be opened: %s; choose another --output", path,
				  strerror(errno));
	} else {
		status = write_dump(ctl, query, from, to);
		if (close(to) && !status)
			status = ctl_fail(ctl, "'%s': %s", path, strerror(errno));
	}
	close(from);
	return status;
}

int cmd_dump(struct ctl *ctl, int argc, char **argv)
{
	uint32_t peer = 0;
	const char *path = NULL;
	const struct option_spec options[] = {
		OPTION_PEER(&peer),
		OPTION("output", 'o', OPTION_TEXT, &path),
		OPTION_END,
	};
	struct peers peers;
	int status = ctl_options(ctl, argc, argv, options);

	if (status)
		return status;
	if (!path)
		return ctl_usage(ctl, "no file; say which with --output=FILE");
	status = peers_query(ctl, peer, &peers);
	if (!status)
		status = peer_dump(ctl, &peers.query[0], path);
	return status ? status : ctl_answer(ctl, "peer %u is dumped to %s", peer, path);
}
