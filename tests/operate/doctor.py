#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
doctor.py NIMBOSCTL: what 'nimbosctl doctor' says of machines that are files below a directory:
one where nothing is wrong, and others that differ from it in one thing. Prints TAP.
"""
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

ctl = sys.argv[1]
RELEASE = "6.1.0-99-amd64"
CPU = "/sys/devices/system/cpu"
MODULES = f"/lib/modules/{RELEASE}"
MIB = 1 << 20
RAM = ((0, 0x9fbff, "System RAM"), (0xf0000, 0xfffff, "Reserved"),
       (0x100000, 0x7ffdffff, "System RAM"), (0x100000000, 0x17fffffff, "System RAM"))
FLAGS = "fpu tsc msr pae apic nx lm constant_tsc hypervisor"


def cpuinfo(flags):
    return "".join(f"processor\t: {cpu}\nflags\t\t: {flags}\nbugs\t\t: none\n\n" for cpu in range(4))


def memmap(ranges):
    return {f"/sys/firmware/memmap/{i}/{name}": text + "\n" for i, entry in enumerate(ranges)
            for name, text in zip(("start", "end", "type"), (hex(entry[0]), hex(entry[1]), entry[2]))}


def cmdline(reserved="memmap=128M$0x60000000", more="quiet"):
    return {"/proc/cmdline": f"root=/dev/vda1 {reserved} {more}\n"}


def huge_pages(free):
    return {"/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages": f"{free}\n"}


def config(without=""):
    options = ("MODULES", "SMP", "HOTPLUG_CPU", "X86_LOCAL_APIC", "GENERIC_ALLOCATOR",
               "PREEMPT_NOTIFIERS", "NO_HZ_FULL")
    return {f"/boot/config-{RELEASE}": "".join(
        f"# CONFIG_{name} is not set\n" if name == without else f"CONFIG_{name}=y\n"
        for name in options)}


def cpuid(uintr=False, rvm=False):
    """Linux's driver has a leaf's registers where the leaf's number says."""
    return {"/dev/cpu/0/cpuid": ((7, struct.pack("4I", 0, 0, 0, uintr << 5)),
                                 (0x40000000, struct.pack("I", 0) + b"RVM" * 4 if rvm else bytes(16)))}


GROUPS = "root:x:0:\nnimbos:x:{gid}:\n"
LOADED = {"/sys/module/nimbos/version": "1.0.0\n", "/sys/module/nimbos/parameters/uintr": "Y\n"}
UNLOADED = {name: None for name in LOADED}
TWO_CPUS = {f"{CPU}/online": "0-1\n", f"{CPU}/present": "0-1\n", f"{CPU}/isolated": "\n"}
SIGNED = b"\x7fELF" + bytes(100) + b"~Module signature appended~\n"

good = {
    "/proc/sys/kernel/osrelease": RELEASE + "\n",
    "/proc/cpuinfo": cpuinfo(FLAGS),
    "/proc/interrupts": "      CPU0  CPU1\n  0:  1  0  IO-APIC timer\n 24:  1  2  PCI-MSI nvme\nNMI:  0  0\n",
    **cmdline(),
    **memmap(RAM),
    **config(),
    **cpuid(),
    f"{CPU}/online": "0-3\n",
    f"{CPU}/present": "0-3\n",
    f"{CPU}/isolated": "2\n",
    f"{CPU}/nohz_full": "2\n",
    f"{CPU}/vulnerabilities/meltdown": "Not affected\n",
    **{f"{CPU}/cpu{n}/online": "1\n" for n in range(1, 4)},
    **{f"{CPU}/cpu{n}/topology/thread_siblings_list": f"{n}\n" for n in range(4)},
    "/sys/kernel/security/lockdown": "[none] integrity confidentiality\n",
    "/sys/module/module/parameters/sig_enforce": "N\n",
    f"{MODULES}/modules.dep": "kernel/fs/fuse/fuse.ko:\nupdates/dkms/nimbos.ko:\n",
    f"{MODULES}/updates/dkms/nimbos.ko": b"\x7fELF" + bytes(100),
    f"{MODULES}/build/Makefile": "\n",
    "/etc/group": GROUPS,
    **LOADED,
}

# What is wrong: what differs from the good machine, the check and the cause; a text in the remedy.
broken = (
    ("no long mode", {"/proc/cpuinfo": cpuinfo(FLAGS.replace(" lm", ""))},
     "processor", "processor-feature", "x86-64"),
    ("nolapic", {"/proc/cpuinfo": cpuinfo(FLAGS.replace(" apic", ""))},
     "apic", "apic-off", "nolapic"),
    ("Linux 5.10", {"/proc/sys/kernel/osrelease": "5.10.0-1-amd64\n",
                    "/boot/config-5.10.0-1-amd64": config()[f"/boot/config-{RELEASE}"]},
     "kernel", "kernel-old", "Debian 12"),
    ("no CPU hotplug", config(without="HOTPLUG_CPU"), "config", "config-missing", "Debian"),
    ("no configuration", {f"/boot/config-{RELEASE}": None}, "config", "config-unknown",
     "CONFIG_HOTPLUG_CPU"),
    ("nothing reserved", cmdline(""), "memory", "memory-not-reserved", r"\\\$0x"),
    ("a dollar sign that GRUB has eaten", cmdline("memmap=128M"), "memory", "memory-dollar",
     "three backslashes"),
    ("one backslash in GRUB's file",
     cmdline("") | {"/etc/default/grub": 'GRUB_CMDLINE_LINUX="memmap=64M\\$0x60000000"\n'},
     "memory", "memory-grub-escape", r"memmap=SIZE\\\$BASE"),
    ("three backslashes in single quotes",
     cmdline("") | {"/etc/default/grub": "GRUB_CMDLINE_LINUX='memmap=64M\\\\\\$0x60000000'\n"},
     "memory", "memory-grub-escape", r"memmap=SIZE\$BASE"),
    ("no reboot since",
     cmdline("") | {"/etc/default/grub": 'GRUB_CMDLINE_LINUX="memmap=64M\\\\\\$0x60000000"\n'},
     "memory", "memory-not-rebooted", "update-grub"),
    ("above 4 GiB", cmdline("memmap=128M$0x120000000"), "memory", "memory-above-4g", "memmap=128M$"),
    ("across 4 GiB", cmdline("memmap=128M$0xfc000000"), "memory", "memory-above-4g", "memmap=128M$"),
    ("no multiple of 2 MiB", cmdline("memmap=64M$0x60100000"), "memory", "memory-alignment",
     "memmap=128M$"),
    ("too small", cmdline("memmap=2M$0x60000000"), "memory", "memory-small", "memmap=128M$"),
    ("a hole between RAM", cmdline("memmap=64M$0x7e000000"), "memory", "memory-not-ram",
     "memmap=128M$"),
    ("nothing reserved, and too few huge pages", cmdline("") | huge_pages(7),
     "memory", "memory-not-reserved", r"\\\$0x"),
    ("nothing, and no memory to spare", cmdline("") | memmap(((0x100000, 0x3ffffff, "System RAM"),) +
                                                             ((0, 0, "Reserved"),) * 3),
     "memory", "memory-not-reserved", "more memory"),
    ("one CPU", {f"{CPU}/online": "0\n", f"{CPU}/present": "0\n"}, "cpus", "cpus-single", "two"),
    ("maxcpus=1", {f"{CPU}/online": "0\n"} | cmdline(more="maxcpus=1"), "cpus", "cpus-limited",
     "remove maxcpus"),
    ("all others offline", {f"{CPU}/online": "0\n"}, "cpus", "cpus-offline", "cpu3/online"),
    ("a CPU that cannot go", {f"{CPU}/cpu3/online": None}, "cpus", "cpus-fixed", "--cpu=N"),
    ("two threads of a core", {f"{CPU}/cpu3/topology/thread_siblings_list": "2-3\n"},
     "cpus", "cpus-shared", "nosmt"),
    ("nothing isolated", {f"{CPU}/isolated": "\n"}, "isolation", "isolation-none",
     "isolcpus=2 nohz_full=2"),
    ("ticks on isolated CPUs", {f"{CPU}/nohz_full": "(null)\n"}, "isolation", "isolation-ticks",
     "nohz_full="),
    ("a kernel that cannot stop its ticks",
     {f"{CPU}/nohz_full": None} | config(without="NO_HZ_FULL"),
     "isolation", "isolation-unsupported", "Debian"),
    ("vectors in use", {"/sys/kernel/debug/irq/domains/VECTOR": "Online bitmaps: 4\nGlobal available: 8\n"},
     "vectors", "vectors-few", "queues"),
    ("no vectors", {"/sys/kernel/debug/irq/domains/VECTOR": "Online bitmaps: 4\nGlobal available: 0\n"},
     "vectors", "vectors-few", "queues"),
    ("lockdown without a signature",
     UNLOADED | {"/sys/kernel/security/lockdown": "none [integrity] confidentiality\n",
                 "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c":
                 b"\x06\x00\x00\x00\x01"},
     "lockdown", "module-unsigned", "mokutil"),
    ("sig_enforce without a signature",
     UNLOADED | {"/sys/module/module/parameters/sig_enforce": "Y\n"},
     "lockdown", "module-unsigned", "mokutil"),
    ("the module for another kernel only", UNLOADED | {f"{MODULES}/modules.dep": ""},
     "module", "module-missing", "make dkms-install"),
    ("no headers", UNLOADED | {f"{MODULES}/modules.dep": "", f"{MODULES}/build/Makefile": None},
     "module", "module-headers", f"linux-headers-{RELEASE}"),
    ("the module not loaded", UNLOADED, "module", "module-not-loaded", "modprobe nimbos"),
    ("no device", {"/dev/nimbos": None}, "device", "device-missing", "udevadm"),
    ("a file in the device's place", {"/dev/nimbos": "\n"}, "device", "device-type", "remove"),
    ("a device for all", {"/dev/nimbos": ("symlink", "/dev/null")}, "device", "device-open", "chmod"),
    ("no group", {"/etc/group": "root:x:0:\n"}, "device", "device-no-group", "groupadd"),
    ("a device of another group", {"/etc/group": "root:x:0:\nnimbos:x:4242:\n"},
     "device", "device-rights", "udev rule"),
    ("pti=on", cpuid(uintr=True) | {f"{CPU}/vulnerabilities/meltdown": "Mitigation: PTI\n"},
     "page tables", "pti-on", "pti=on"),
    ("uintr=0", cpuid(uintr=True) | {"/sys/module/nimbos/parameters/uintr": "N\n"},
     "user intr.", "uintr-unusable", "uintr=0"),
    ("no preempt notifiers", cpuid(uintr=True) | config(without="PREEMPT_NOTIFIERS"),
     "user intr.", "uintr-unusable", "CONFIG_KVM"),
)

# What is not wrong: a text in what is found.
fine = (
    ("two CPUs", TWO_CPUS, "isolation", "nothing to isolate"),
    ("x2APIC mode", {"/dev/cpu/0/msr": ((0x1b, struct.pack("Q", 0xfee00c00)),)}, "apic", "in x2APIC"),
    ("xAPIC mode", {"/dev/cpu/0/msr": ((0x1b, struct.pack("Q", 0xfee00800)),)}, "apic", "in xAPIC"),
    ("a signed module under lockdown",
     {"/sys/kernel/security/lockdown": "none [integrity] confidentiality\n"}, "lockdown", "loaded all"),
    ("user interrupts", cpuid(uintr=True), "user intr.", "there are"),
    ("isolation that the processor needs",
     {f"{CPU}/vulnerabilities/meltdown": "Mitigation: PTI\n"}, "page tables", "slower"),
    ("RVM1.5", cpuid(rvm=True), "RVM1.5", "is loaded"),
    ("huge pages and no region", cmdline("") | huge_pages(32), "memory", "32 huge pages"),
    ("two regions", cmdline("memmap=64M$0x60000000,32M$0x70000000"), "memory", "64 MiB"),
    ("GRUB's file as it should be",
     {"/etc/default/grub": 'GRUB_CMDLINE_LINUX="memmap=128M\\\\\\$0x60000000"\n'}, "memory", "128 MiB"),
    ("a region of two pieces of RAM",
     memmap(((0x100000, 0x63ffffff, "System RAM"), (0x64000000, 0x7ffdffff, "System RAM"),
             (0, 0x9fbff, "System RAM"), (0xf0000, 0xfffff, "Reserved"))), "memory", "128 MiB"),
)


def put(root, name, content, device):
    if content is None:
        return
    path = root + name
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if isinstance(content, str):
        content = content.replace("{gid}", str(os.stat(device).st_gid)).encode()
    if isinstance(content, bytes):
        with open(path, "wb") as file:
            file.write(content)
    elif content[0] == "symlink":
        os.symlink(content[1], path)
    else:
        with open(path, "wb") as file:
            for offset, data in content:
                file.seek(offset)
                file.write(data)


class Machine:
    """The good one, with differences."""

    def __init__(self, changes, device):
        self.root = tempfile.mkdtemp()
        for name, content in (good | {"/dev/nimbos": ("symlink", device)} | changes).items():
            put(self.root, name, content, device)

    def __enter__(self):
        return self

    def __exit__(self, *args):
        shutil.rmtree(self.root)

    def doctor(self, *options):
        done = subprocess.run((ctl, *options, "doctor", f"--root={self.root}"), check=False,
                              capture_output=True, text=True)
        assert not done.stderr, done.stderr
        return done.returncode, done.stdout

    def look(self):
        """The exit status, and a finding for each check; the same in words, and in JSON."""
        status, text = self.doctor("-j")
        answer = json.loads(text)
        findings = {}
        for finding in answer["checks"]:
            findings.setdefault(finding["check"], finding)
        worst = max((finding["verdict"] for finding in answer["checks"]),
                    key=("ok", "warning", "fail").index)
        assert answer["verdict"] == worst and status == (worst == "fail"), text
        words = self.doctor()
        assert words[0] == status and len(words[1].splitlines()) == len(answer["checks"]), words
        for line, finding in zip(words[1].splitlines(), answer["checks"]):
            assert line.startswith(finding["verdict"]) and finding["found"] in line, line
            assert finding["verdict"] == "ok" or f"; {finding['remedy']} [{finding['cause']}]" in line
        return status, findings


results = 0
failures = 0


def result(what, function, *args):
    global results, failures
    results += 1
    try:
        function(*args)
        print(f"ok {results} - {what}")
    except (AssertionError, KeyError, ValueError) as error:
        failures += 1
        print(f"not ok {results} - {what}\n# {type(error).__name__}: {error}")


def is_good(device):
    with Machine({}, device) as machine:
        status, findings = machine.look()
        assert status == 0 and all(f["verdict"] == "ok" for f in findings.values()), findings


def is_broken(device, changes, check, cause, remedy):
    with Machine(changes, device) as machine:
        status, findings = machine.look()
        finding = findings[check]
        assert finding.get("cause") == cause and remedy in finding["remedy"], findings
        # Beside what comes of it, nothing else is wrong.
        others = [f for f in findings.values() if f["verdict"] == "fail" and f["check"] != check]
        assert all(f["check"] in ("module", "config") for f in others), others
        assert status == (finding["verdict"] == "fail" or bool(others))


def is_fine(device, changes, check, found):
    with Machine(changes, device) as machine:
        _, findings = machine.look()
        assert findings[check]["verdict"] == "ok" and found in findings[check]["found"], findings


def proposes(device, line, ranges):
    """What is proposed is in RAM below 4 GiB, aligned, and apart from what else is reserved."""
    with Machine(cmdline(line) | memmap(ranges), device) as machine:
        _, findings = machine.look()
        remedy = findings["memory"]["remedy"]
        match = re.search(r"memmap=(\d+)M\$(0x[0-9a-f]+)", remedy)
        assert match, remedy
        size, base = int(match[1]) * MIB, int(match[2], 16)
        assert base % (2 * MIB) == 0 and base + size <= 1 << 32 and base >= 64 * MIB, remedy
        assert any(start <= base and base + size - 1 <= end and what == "System RAM"
                   for start, end, what in ranges), remedy
        for entry in re.finditer(r"(\d+)M[@#!](0x[0-9a-f]+)", line):
            other = int(entry[2], 16)
            assert base + size <= other or other + int(entry[1]) * MIB <= base, remedy


def proposal_goes_through_grub(device):
    """A shell reads /etc/default/grub, and GRUB takes away one more backslash."""
    old = 'GRUB_CMDLINE_LINUX="quiet splash"\n'
    with Machine(cmdline("") | {"/etc/default/grub": old}, device) as machine:
        _, findings = machine.look()
        remedy = findings["memory"]["remedy"]
        line = re.search(r"write (GRUB_CMDLINE_LINUX=.*), run", remedy)[1]
        shell = subprocess.run(("sh", "-c", f'{line}; printf %s "$GRUB_CMDLINE_LINUX"'), check=True,
                               capture_output=True, text=True).stdout
        wanted = re.search(r"add (memmap=\S+) to", remedy)[1]
        assert shell.replace("\\$", "$") == f"quiet splash {wanted}", (shell, wanted)


def no_machine():
    with tempfile.TemporaryDirectory() as root:
        done = subprocess.run((ctl, "doctor", f"--root={root}"), check=False, capture_output=True,
                              text=True)
        assert done.returncode == 1 and root in done.stderr and not done.stdout, done


def main():
    # Something that is a device, and whose rights and group are known.
    primary, secondary = os.openpty()
    device = os.ttyname(secondary)
    os.chmod(device, 0o660)
    result("a machine where nothing is wrong", is_good, device)
    for what, changes, check, cause, remedy in broken:
        result(f"{cause}: {what}", is_broken, device, changes, check, cause, remedy)
    for what, changes, check, found in fine:
        result(f"nothing is wrong with {what}", is_fine, device, changes, check, found)
    big = ((0x100000, 0xbffdffff, "System RAM"), (0xfffc0000, 0xffffffff, "Reserved"),
           (0x100000000, 0x43fffffff, "System RAM"))
    result("memory is proposed below 4 GiB", proposes, device, "", big + ((0, 4095, "Reserved"),))
    result("memory is proposed apart from other memmap=", proposes, device,
           "memmap=256M@0xb0000000,64M#0xa0000000 memmap=32M!0x90000000",
           big + ((0, 4095, "Reserved"),))
    result("a small machine is proposed less", proposes, device, "",
           ((0x100000, 0x1ffdffff, "System RAM"),) + ((0, 0, "Reserved"),) * 3)
    result("what is proposed goes through GRUB", proposal_goes_through_grub, device)
    result("no machine to look at", no_machine)
    print(f"1..{results}")
    os.close(primary)
    os.close(secondary)
    return failures != 0


sys.exit(main())
