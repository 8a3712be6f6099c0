/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbos: huge pages of Linux's that become a peer's memory.
 */
#ifndef NIMBOS_PINNED_H
#define NIMBOS_PINNED_H

#include <linux/types.h>

struct nimbos_pinned;

struct nimbos_pinned *nimbos_pinned_take(u64 user, u64 size);
struct nimbos_pinned *nimbos_pinned_get(struct nimbos_pinned *pinned);
void nimbos_pinned_put(struct nimbos_pinned *pinned);
phys_addr_t nimbos_pinned_base(const struct nimbos_pinned *pinned);
void *nimbos_pinned_va(const struct nimbos_pinned *pinned);
u64 nimbos_pinned_page_size(const struct nimbos_pinned *pinned);

#endif /* NIMBOS_PINNED_H */
