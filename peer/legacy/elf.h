/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LEGACY_ELF_H
#define LEGACY_ELF_H

#include "process.h"

/**
 * elf_load() - a program's memory from its file
 * @process: has none yet
 * @file: the whole file
 * @size: of it
 * @entry: out: where it begins
 *
 * Return: 0, -ENOEXEC or -ENOMEM; some memory may be there then.
 */
s64 elf_load(struct process *process, const u8 *file, size_t size, u64 *entry);

#endif /* LEGACY_ELF_H */
