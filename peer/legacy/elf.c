// SPDX-License-Identifier: GPL-2.0
/*
 * Programs: static ELF files for x86-64.
 */
#include "elf.h"
#include "errno.h"
#include "layout.h"
#include "paging.h"

#define ELF_MAGIC 0x00010102464c457fUL /* 64 bits, little-endian, version 1 */
#define ELF_EXECUTABLE 2
#define ELF_X86_64 62
#define ELF_LOAD 1
#define ELF_X 1
#define ELF_W 2

struct elf_header {
	u64 magic;
	u64 unused;
	u16 type;
	u16 machine;
	u32 version;
	u64 entry;
	u64 program_headers;
	u64 section_headers;
	u32 flags;
	u16 header_size;
	u16 program_header_size;
	u16 nr_program_headers;
};

struct elf_program_header {
	u32 type;
	u32 flags;
	u64 offset;
	u64 va;
	u64 pa;
	u64 file_size;
	u64 memory_size;
	u64 align;
};

static s64 load_segment(struct process *process, const u8 *file, size_t size,
			const struct elf_program_header *segment)
{
	u64 start = segment->va & ~(PAGE_SIZE - 1);
	u32 rights = MAP_USER;
	u64 end;

	if (segment->offset > size || segment->file_size > size - segment->offset ||
	    segment->file_size > segment->memory_size || segment->va >= STACKS_END ||
	    segment->memory_size > STACKS_END - segment->va)
		return -ENOEXEC;
	rights |= segment->flags & ELF_X ? MAP_EXEC : 0;
	rights |= segment->flags & ELF_W ? MAP_WRITE : 0;
	end = PAGE_UP(segment->va + segment->memory_size);
	if (!process_add(process, start, end - start, rights))
		return -ENOMEM;
	process_write(process, segment->va, file + segment->offset, segment->file_size);
	return 0;
}

s64 elf_load(struct process *process, const u8 *file, size_t size, u64 *entry)
{
	const struct elf_header *header = (const struct elf_header *)file;
	const struct elf_program_header *segments;
	s64 ret;

	if (size < sizeof(*header) || (header->magic & ~0UL >> 8) != ELF_MAGIC ||
	    header->type != ELF_EXECUTABLE || header->machine != ELF_X86_64 ||
	    header->program_header_size != sizeof(*segments) || header->program_headers % 8 ||
	    header->program_headers > size ||
	    (size - header->program_headers) / sizeof(*segments) < header->nr_program_headers)
		return -ENOEXEC;
	segments = (const struct elf_program_header *)(file + header->program_headers);
	for (u32 i = 0; i < header->nr_program_headers; i++) {
		if (segments[i].type != ELF_LOAD)
			continue;
		ret = load_segment(process, file, size, &segments[i]);
		if (ret)
			return ret;
	}
	*entry = header->entry;
	return 0;
}
