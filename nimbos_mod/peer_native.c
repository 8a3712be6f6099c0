// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: starting a peer natively, by INIT and start-up messages to a CPU that Linux has offline.
 * The steps and their times are those of Intel's manual, volume 3, "MP Initialization", and of
 * RVM1.5's RtStart.
 */
#include <linux/delay.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/string.h>

#include "apic.h"
#include "nimbos.h"
#include "peer_native.h"

#define INIT_DELAY_MS 10
#define STARTUP_DELAY_US 200

/* Protects the start page and its copy, from start() to settle(): there is one for all peers. */
static DEFINE_MUTEX(native_page_lock);
static u8 saved_page[PAGE_SIZE];
static void *start_page;

static void fill_start_page(const struct nimbos_peer *peer)
{
	const struct nimbos_region *region = &peer->region;
	u32 board = region->board ? region->base + ((void *)region->board - region->va) : 0;
	u64 entry = region->base;

	memcpy(saved_page, start_page, PAGE_SIZE);
	memcpy(start_page, nimbos_start_stub, nimbos_start_stub_end - nimbos_start_stub);
	memcpy(start_page + (NIMBOS_START_BOARD - NIMBOS_START_PAGE), &board, sizeof(board));
	memcpy(start_page + (NIMBOS_START_ENTRY - NIMBOS_START_PAGE), &entry, sizeof(entry));
	/* The message that starts the CPU must not overtake the code that it executes. */
	mb();
}

static int native_start(struct nimbos_peer *peer)
{
	mutex_lock(&native_page_lock);
	if (region_intersects(NIMBOS_START_PAGE, PAGE_SIZE, IORESOURCE_SYSTEM_RAM,
			      IORES_DESC_NONE) == REGION_INTERSECTS)
		start_page = memremap(NIMBOS_START_PAGE, PAGE_SIZE, MEMREMAP_WB);
	if (!start_page) {
		snprintf(peer->message, sizeof(peer->message),
			 "the page at %#x, in which CPUs start, is not memory", NIMBOS_START_PAGE);
		mutex_unlock(&native_page_lock);
		return -EOPNOTSUPP;
	}
	fill_start_page(peer);

	nimbos_apic_send_init(peer->apicid);
	msleep(INIT_DELAY_MS);
	nimbos_apic_send_startup(peer->apicid, NIMBOS_START_PAGE >> PAGE_SHIFT);
	usleep_range(STARTUP_DELAY_US, 2 * STARTUP_DELAY_US);
	/* A CPU that has started ignores the second. */
	nimbos_apic_send_startup(peer->apicid, NIMBOS_START_PAGE >> PAGE_SHIFT);
	return 0;
}

static void native_settle(struct nimbos_peer *peer)
{
	/* Nobody executes it any more: the peer is up, and so has left it, or has been stopped. */
	memcpy(start_page, saved_page, PAGE_SIZE);
	memunmap(start_page);
	start_page = NULL;
	mutex_unlock(&native_page_lock);
}

static void native_stop(struct nimbos_peer *peer)
{
	nimbos_apic_send_init(peer->apicid);
}

/* INIT and start-up messages to a CPU that Linux has offline. */
const struct nimbos_peer_ops nimbos_peer_native_ops = {
	.name = "native",
	.backend = NIMBOS_BACKEND_NATIVE,
	.start = native_start,
	.settle = native_settle,
	.stop = native_stop,
};
