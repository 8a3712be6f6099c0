// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * libnimbos: errors of the ioctls in words. linux/nimbos.h says which there are; here is what an
 * administrator does about them.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "nimbos/nimbos.h"

/* These mean the same for every ioctl. */
#define ANY_CMD (~0U)
/* These for every ioctl of user interrupts. */
#define ANY_UINTR_CMD (~1U)

static const struct {
	unsigned int cmd;
	int error;
	const char *text;
} errors[] = {
	{ NIMBOS_CMD_PEER_LOAD, EINVAL,
	  "the region must begin and end at a multiple of 2 MiB and have 4 MiB or more, 128 MiB for "
	  "a legacy image, and the peer's own part must fit in it; change the region" },
	{ NIMBOS_CMD_PEER_LOAD, ERANGE,
	  "the region does not end below 4 GiB, where peers start; reserve lower memory" },
	{ NIMBOS_CMD_PEER_LOAD, EADDRNOTAVAIL,
	  "the region is not reserved memory; add memmap=SIZE$BASE to Linux's command line and "
	  "reboot, or name a region inside what is reserved" },
	{ NIMBOS_CMD_PEER_LOAD, EADDRINUSE,
	  "the region overlaps a device or a region that a peer holds, stopped or not; choose "
	  "another, or let that one go with 'nimbosctl stop --unload'; 'nimbosctl status' shows "
	  "them" },
	{ NIMBOS_CMD_PEER_LOAD, EMEDIUMTYPE,
	  "the memory is not whole huge pages, all of one size, of a private anonymous mapping; map "
	  "such pages with MAP_HUGETLB" },
	{ NIMBOS_CMD_PEER_LOAD, EILSEQ,
	  "the huge pages are not in a row in the machine's memory; take others" },
	{ NIMBOS_CMD_PEER_LOAD, ENOTRECOVERABLE,
	  "the peer may still write to its huge pages from the CPU that it had, which Linux has not "
	  "got back; bring that CPU online first: 'nimbosctl status' says which" },
	{ NIMBOS_CMD_PEER_LOAD, ENODATA, "the image is empty; build it again" },
	{ NIMBOS_CMD_PEER_LOAD, EFBIG,
	  "the image is larger than the peer's own part of the region; reserve a larger region, "
	  "or give the peer more of it" },
	{ NIMBOS_CMD_PEER_LOAD, ENAMETOOLONG,
	  "the peer's command line is longer than 511 bytes; shorten it" },
	{ NIMBOS_CMD_PEER_LOAD, EBUSY,
	  "the peer runs, or has failed and was not stopped, or a shadow still has a slot of it; "
	  "stop the peer and end its shadows first" },
	{ NIMBOS_CMD_PEER_LOAD, EINTR,
	  "interrupted by a signal, and nothing is loaded; load it again" },
	{ NIMBOS_CMD_PEER_LOAD, ENOENT, "there is no such image; check the path" },
	{ NIMBOS_CMD_PEER_LOAD, EISDIR, "the image is a directory; name the file" },

	{ NIMBOS_CMD_PEER_START, EALREADY,
	  "the peer runs already, or has failed and was not stopped; stop it first" },
	{ NIMBOS_CMD_PEER_START, ENODATA,
	  "no image is loaded, and one that has run cannot run again; load it first" },
	{ NIMBOS_CMD_PEER_START, ENODEV,
	  "there is no such CPU; /sys/devices/system/cpu/present lists those that there are" },
	{ NIMBOS_CMD_PEER_START, EDEADLK,
	  "it is the last CPU that Linux has; bring another one online, or choose another" },
	{ NIMBOS_CMD_PEER_START, EOPNOTSUPP,
	  "it is the boot CPU, which Linux cannot give up, or the processor has no local APIC; "
	  "choose another CPU" },
	{ NIMBOS_CMD_PEER_START, EBUSY,
	  "another peer has the CPU, or Linux refuses to take it offline; choose another CPU, or "
	  "look into the kernel log" },
	{ NIMBOS_CMD_PEER_START, ENOSPC,
	  "no interrupt vector is left; stop other peers, or bring more CPUs online" },
	{ NIMBOS_CMD_PEER_START, ETIMEDOUT,
	  "the peer did not say in time that it is up, and was stopped; check the image, or "
	  "allow it more time" },
	{ NIMBOS_CMD_PEER_START, EIO,
	  "the peer said that it has failed, and was stopped; its message says why" },
	{ NIMBOS_CMD_PEER_START, EINTR,
	  "interrupted by a signal, and the peer was stopped; start again" },
	{ NIMBOS_CMD_PEER_START, EPROTONOSUPPORT,
	  "RVM1.5 is asked for and not there, or cannot start this peer; load RVM1.5, or start it "
	  "natively" },
	{ NIMBOS_CMD_PEER_START, EREMOTEIO,
	  "RVM1.5 has refused to start the peer; check its configuration, or start it natively" },
	{ NIMBOS_CMD_PEER_START, EINVAL,
	  "the time-out is not 1 to 60000 ms, or the heartbeat limit not 100 to 600000 ms; "
	  "change it" },

	{ NIMBOS_CMD_PEER_STOP, ENOTCONN, "the peer does not run; there is nothing to stop" },

	{ NIMBOS_CMD_PEER_UNLOAD, ENODATA, "nothing is loaded; there is nothing to unload" },
	{ NIMBOS_CMD_PEER_UNLOAD, EBUSY,
	  "the peer runs, or has failed and was not stopped, or a shadow still has a slot of it; "
	  "stop the peer and end its shadows first" },

	{ NIMBOS_CMD_PEER_UNLOAD, ENOTRECOVERABLE,
	  "the peer may still write to its huge pages from the CPU that it had, which Linux has not "
	  "got back; bring that CPU online first: 'nimbosctl status' says which" },

	{ NIMBOS_CMD_SLOT_ALLOC, EINVAL,
	  "a slot has 1 to 64 lanes, rings as deep as a power of two from 2 to 1024, and a "
	  "window of whole pages at a page's address; change the shape" },
	{ NIMBOS_CMD_SLOT_ALLOC, EBUSY,
	  "this open file has a slot already; open the device once more" },
	{ NIMBOS_CMD_SLOT_ALLOC, ENOTCONN, "the peer does not run; start it first" },
	{ NIMBOS_CMD_SLOT_ALLOC, EPROTONOSUPPORT,
	  "it is a legacy peer, which knows no such slots; attach to it as such" },
	{ NIMBOS_CMD_SLOT_ALLOC, ENOSPC,
	  "all slots, the region's memory or the interrupt vectors are used up; end other "
	  "shadows of this peer, or ask for a smaller window" },
	{ NIMBOS_CMD_SLOT_ALLOC, EEXIST,
	  "something else lies at the window's address; choose another address" },

	{ NIMBOS_CMD_SLOT_WAIT, EINVAL, "there is no such lane; this is a bug of the program" },
	{ NIMBOS_CMD_SLOT_WAIT, ENODATA,
	  "this open file has no slot; this is a bug of the program" },
	{ NIMBOS_CMD_SLOT_WAIT, ETIMEDOUT, "the peer did not notify in time; wait again" },
	{ NIMBOS_CMD_SLOT_WAIT, EINTR, "interrupted by a signal; wait again" },

	{ NIMBOS_CMD_SLOT_NOTIFY, ENODATA,
	  "this open file has no slot; this is a bug of the program" },

	{ NIMBOS_CMD_SLOT_EVENTFD, ENODATA,
	  "this open file has no slot; this is a bug of the program" },
	{ NIMBOS_CMD_SLOT_EVENTFD, EBADF, "the descriptor is not open; give an eventfd" },
	{ NIMBOS_CMD_SLOT_EVENTFD, EINVAL,
	  "the descriptor is not an eventfd, or there is no such lane; give an eventfd" },

	{ NIMBOS_CMD_SLOT_TRACE, ENODATA,
	  "this open file has no slot; this is a bug of the program" },

	{ NIMBOS_CMD_LEGACY_TAKE, EAGAIN, "the peer asks for nothing now; wait, then try again" },
	{ NIMBOS_CMD_LEGACY_TAKE, ENODATA,
	  "this open file has no slot; this is a bug of the program" },
	{ NIMBOS_CMD_LEGACY_TAKE, EPROTONOSUPPORT,
	  "the slot is not one of a legacy peer; use its lanes" },
	{ NIMBOS_CMD_LEGACY_TAKE, EPROTO,
	  "the peer has broken the rules of its queue; load its image as the version that it is" },
	{ NIMBOS_CMD_LEGACY_TAKE, EINTR, "interrupted by a fatal signal; nothing is taken" },

	{ NIMBOS_CMD_LEGACY_ANSWER, ENOENT,
	  "the peer does not wait for this answer, or has set its queue up anew; forget it" },

	{ NIMBOS_CMD_UINTR_REGISTER_HANDLER, EBUSY,
	  "the thread has a handler, or another thread has one for this lane; unregister that "
	  "first" },
	{ NIMBOS_CMD_UINTR_REGISTER_HANDLER, EINVAL,
	  "the handler or its stack is no user address, or there is no such lane; this is a bug "
	  "of the program" },
	{ NIMBOS_CMD_UINTR_REGISTER_HANDLER, ENODATA,
	  "this open file has no slot; this is a bug of the program" },
	{ NIMBOS_CMD_UINTR_REGISTER_HANDLER, EOPNOTSUPP,
	  "this machine or this peer has no user interrupts; 'nimbosctl status' says what is "
	  "missing" },
	{ NIMBOS_CMD_UINTR_REGISTER_HANDLER, EACCES,
	  "the module's parameter legacy_abi is off; set it, and load the peer again" },
	{ NIMBOS_CMD_UINTR_REGISTER_HANDLER, EADDRNOTAVAIL,
	  "the two pages before the region are not reserved memory or have an owner, or legacy_abi "
	  "was off when the peer was loaded; begin memmap= in front of them, and load the peer "
	  "again" },
	{ NIMBOS_CMD_UINTR_UNREGISTER_HANDLER, ENODATA,
	  "the thread has no handler; this is a bug of the program" },
	{ NIMBOS_CMD_UINTR_VECTOR_FD, ENODATA,
	  "the thread has no handler; register one first" },
	{ NIMBOS_CMD_UINTR_VECTOR_FD, EINVAL, "vectors are numbered 0 to 63; choose another" },
	{ NIMBOS_CMD_UINTR_VECTOR_FD, EOPNOTSUPP,
	  "there are no user interrupts, or only the peer can send to this thread; use a thread "
	  "that serves no lane" },
	{ NIMBOS_CMD_UINTR_REGISTER_SENDER, EBADF,
	  "the descriptor is not open; give one that a receiver has made" },
	{ NIMBOS_CMD_UINTR_REGISTER_SENDER, EINVAL,
	  "the descriptor stands for no vector; give one that a receiver has made" },
	{ NIMBOS_CMD_UINTR_REGISTER_SENDER, ESHUTDOWN,
	  "the receiver has unregistered, or the slot has died; there is nobody to send to" },
	{ NIMBOS_CMD_UINTR_REGISTER_SENDER, ENODATA,
	  "this open file has no slot; this is a bug of the program" },
	{ NIMBOS_CMD_UINTR_REGISTER_SENDER, EOPNOTSUPP,
	  "this machine or this peer has no user interrupts; 'nimbosctl status' says what is "
	  "missing" },
	{ NIMBOS_CMD_UINTR_UNREGISTER_SENDER, EINVAL,
	  "the index leads nowhere; this is a bug of the program" },
	{ NIMBOS_CMD_UINTR_WAIT, ENODATA, "the thread has no handler; register one first" },
	{ NIMBOS_CMD_UINTR_WAIT, ETIMEDOUT, "nothing came in time; wait again" },
	{ NIMBOS_CMD_UINTR_WAIT, EINTR, "interrupted by a signal; wait again" },
	{ ANY_UINTR_CMD, EOPNOTSUPP,
	  "there are no user interrupts here; 'nimbosctl status' says what is missing" },
	{ ANY_UINTR_CMD, EBUSY,
	  "the thread has registered with another open file; unregister there first" },
	{ ANY_UINTR_CMD, ENOSPC,
	  "the descriptors for user interrupts, or the interrupt vectors, are used up; end other "
	  "users of them" },
	{ ANY_UINTR_CMD, ESHUTDOWN,
	  "the slot that the thread has registered for has died; unregister" },

	{ NIMBOS_CMD_LEGACY_ATTACH, EBUSY,
	  "this open file has a slot already; open the device once more" },
	{ NIMBOS_CMD_LEGACY_ATTACH, ENOTCONN, "the peer does not run; start it first" },
	{ NIMBOS_CMD_LEGACY_ATTACH, EPROTONOSUPPORT,
	  "the peer was not loaded as a legacy one; load it as such, or ask for an ordinary slot" },
	{ NIMBOS_CMD_LEGACY_ATTACH, ENOSPC,
	  "all slots or the interrupt vectors are used up; end other shadows of this peer" },
	{ NIMBOS_CMD_LEGACY_TAKE, EAGAIN, "there is no request; wait for one" },
	{ NIMBOS_CMD_LEGACY_TAKE, ENODATA,
	  "this open file has no slot; this is a bug of the program" },
	{ NIMBOS_CMD_LEGACY_TAKE, EPROTONOSUPPORT,
	  "the peer was not loaded as a legacy one; load it as such" },
	{ NIMBOS_CMD_LEGACY_TAKE, EPROTO,
	  "the peer has broken its queue's rules; check that its image speaks the version that it "
	  "was loaded with" },
	{ NIMBOS_CMD_LEGACY_TAKE, EINTR, "interrupted by a signal; take again" },
	{ NIMBOS_CMD_LEGACY_ANSWER, ENOENT,
	  "no such request waits for an answer; this is a bug of the program" },

	{ ANY_CMD, ENOTTY,
	  "nimbos.ko does not know this ioctl; load the module that belongs to these tools" },
	{ ANY_CMD, EINVAL, "nimbos.ko takes an argument for wrong; check the values" },
	{ ANY_CMD, E2BIG,
	  "nimbos.ko is older than these tools and does not know what was asked for; load the "
	  "module that belongs to them" },
	{ ANY_CMD, EOPNOTSUPP,
	  "this module, kernel or processor does not offer it; leave the option out" },
	{ ANY_CMD, EFAULT,
	  "a pointer leads nowhere; if the image was changed while it was loaded, try again" },
	{ ANY_CMD, EPERM, "this needs CAP_SYS_BOOT; run it as root" },
	{ ANY_CMD, ENXIO, "there is no such peer; they are numbered 0 to 7" },
	{ ANY_CMD, ESHUTDOWN,
	  "the slot has died, because its peer was stopped or has failed; start the peer again" },
	{ ANY_CMD, ENOMEM, "Linux has not enough memory of its own; free some and try again" },
};

_Static_assert(NIMBOS_MAX_PEERS == 8, "the text for ENXIO names the last peer");
_Static_assert(NIMBOS_SCF_CMDLINE_SIZE == 512, "the text for ENAMETOOLONG names the length");

static bool counts_for(unsigned int which, unsigned int cmd)
{
	return which == cmd || which == ANY_CMD ||
	       (which == ANY_UINTR_CMD && cmd >= NIMBOS_CMD_UINTR_REGISTER_HANDLER &&
		cmd <= NIMBOS_CMD_UINTR_WAIT);
}

const char *nimbos_strerror(unsigned int cmd, int error)
{
	error = abs(error);
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (counts_for(errors[i].cmd, cmd) && errors[i].error == error)
			return errors[i].text;
	}
	return strerror(error);
}

const char *nimbos_peer_state_name(unsigned int state)
{
	static const char *const names[] = {
		[NIMBOS_PEER_OFFLINE] = "offline", [NIMBOS_PEER_LOADED] = "loaded",
		[NIMBOS_PEER_RUNNING] = "running", [NIMBOS_PEER_STOPPED] = "stopped",
		[NIMBOS_PEER_FAILED] = "failed",
	};

	return state < sizeof(names) / sizeof(names[0]) ? names[state] : "unknown";
}

const char *nimbos_uintr_state_name(unsigned int state)
{
	static const char *const names[] = {
		[NIMBOS_UINTR_OK] = "available",
		[NIMBOS_UINTR_NO_CPU] = "the processor has none",
		[NIMBOS_UINTR_PTI] = "page-table isolation is on",
		[NIMBOS_UINTR_NO_NOTIFIERS] = "the kernel has no preempt notifiers",
		[NIMBOS_UINTR_OWNED] = "something else uses the registers",
		[NIMBOS_UINTR_OFF] = "nimbos.ko was loaded with uintr=0",
	};

	return state < sizeof(names) / sizeof(names[0]) ? names[state] : "unknown";
}
