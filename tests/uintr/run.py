#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Runs the image of tests/uintr on QEMU, and on Bochs as an oracle: TAP, and a table.

Bochs stops at an assertion of its own in some states. Then the case is its difference,
and the run goes on with the next one.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CPUS = (1, 2, 4)
RESULT = re.compile(r"^(ok|not ok) (\d+) - (.*?)(?: # SKIP (.*))?$")


class Guest:
    """What one boot of the image printed."""

    def __init__(self, text):
        self.text = text
        self.ended = "\n# end" in text
        self.bail = re.search(r"^Bail out! (.*)$", text, re.M)
        self.plan = int((re.search(r"^1\.\.(\d+)", text, re.M) or [0, 0])[1])
        self.results = {}
        notes = []
        for line in text.splitlines():
            match = RESULT.match(line)
            if match:
                state = "skip" if match[4] else match[1]
                self.results[int(match[2])] = (match[3], state, match[4] or " ".join(notes))
                notes = []
            elif line.startswith("# ") and "cases_" in line:
                notes.append(line[2:])


def qemu(args, cpus, options, timeout):
    """Boots the image by -kernel."""
    command = [HERE / "machine.sh", args.qemu, str(cpus), options]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                              env={**os.environ, "IMAGE": str(args.image)},
                              timeout=timeout, check=False)
    except subprocess.TimeoutExpired as late:
        return Guest((late.stdout or b"").decode(errors="replace")), "timed out"
    errors = done.stderr.decode(errors="replace").strip()
    if done.returncode != 1 or errors:
        errors = f"status {done.returncode}: {errors}"
    return Guest(done.stdout.decode(errors="replace")), errors


def bochs(args, cpus, options, timeout):
    """Boots the image from a GRUB ISO."""
    root = args.bochs
    lib = f"{root}/usr/lib/x86_64-linux-gnu"
    with tempfile.TemporaryDirectory() as work:
        boot = pathlib.Path(work, "iso/boot")
        (boot / "grub").mkdir(parents=True)
        (boot / "uintr.bin").write_bytes(args.image.read_bytes())
        (boot / "grub/grub.cfg").write_text(
            f"multiboot /boot/uintr.bin cpus={cpus} {options}\nboot\n")
        subprocess.run(["grub-mkrescue", "-d", "/usr/lib/grub/i386-pc", "-o", f"{work}/iso.iso",
                        f"{work}/iso", "--install-modules=multiboot iso9660 normal biosdisk"],
                       check=True, capture_output=True)
        config = pathlib.Path(work, "bochsrc")
        config.write_text(
            f"cpu: model=arrow_lake, count={cpus}, ips=400000000, reset_on_triple_fault=0\n"
            "megs: 64\n"
            f"romimage: file={root}/usr/share/bochs/BIOS-bochs-latest\n"
            f"vgaromimage: file={root}/usr/share/bochs/VGABIOS-lgpl-latest\n"
            f"ata0-master: type=cdrom, path={work}/iso.iso, status=inserted\n"
            "boot: cdrom\n"
            f"com1: enabled=1, mode=file, dev={work}/serial\n"
            'display_library: rfb, options="timeout=0"\n'
            "panic: action=fatal\nerror: action=ignore\ninfo: action=ignore\n"
            f"log: {work}/log\nclock: sync=none, time0=local\n")
        env = {"LTDL_LIBRARY_PATH": f"{lib}/bochs/plugins", "BXSHARE": f"{root}/usr/share/bochs",
               "HOME": work, "PATH": "/usr/bin:/bin"}
        command = [f"{lib}/ld-linux-x86-64.so.2", "--library-path", f"{lib}:{lib}/pulseaudio",
                   f"{root}/usr/bin/bochs-bin", "-q", "-f", str(config)]
        try:
            subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, env=env,
                           timeout=timeout, check=False)
            errors = ""
        except subprocess.TimeoutExpired:
            errors = "timed out"
        log = pathlib.Path(work, "log")
        panic = re.search(r">>PANIC<< (.*)", log.read_text(errors="replace")) if log.exists() else None
        if not errors and panic and "shutdown requested" not in panic[1]:
            errors = panic[1]
        serial = pathlib.Path(work, "serial")
        text = serial.read_text(errors="replace") if serial.exists() else ""
        # Its last bytes are not always written.
        return Guest(text.replace("\n# e", "\n# end", 1) if text.endswith("# e") else
                     re.sub(r"\n# en?$", "\n# end", text)), errors


def collect(boot, args, cpus, x2apic):
    """All cases in one configuration: {number: (name, state, note)}, and what went wrong."""
    results, first, plan = {}, 1, None
    while plan is None or first <= plan:
        guest, errors = boot(args, cpus, f"x2apic={x2apic} from={first}", args.timeout)
        plan = plan or guest.plan
        results.update(guest.results)
        if not plan:
            return results, errors or "the image did not start"
        if guest.ended and not guest.bail and not errors:
            return results, ""
        if boot is qemu:
            return results, errors or (guest.bail and guest.bail[1]) or "did not end"
        stopped = max(guest.results, default=first - 1) + 1
        if stopped > plan:
            return results, ""
        results[stopped] = (None, "not ok", f"Bochs stops: {errors or 'no reason given'}")
        first = stopped + 1
    return results, ""


def read_explanations(path):
    """{name: explanation} from lines "name: explanation"."""
    lines = [line for line in path.read_text().splitlines() if line and line[0] != "#"]
    return dict(line.split(" -- ", 1) for line in lines)


def cell(states):
    """One word for what a case did in all configurations of an emulator."""
    ran = [state for state in states if state != "skip"]
    if not ran:
        return "–"
    return "passes" if all(state == "ok" for state in ran) else "differs"


def table(stored, explained, path):
    """Writes cases x emulators as Markdown."""
    names = stored["qemu"]["names"]
    other = stored.get("bochs", {"names": [], "states": {}, "version": "not run"})
    lines = ["<!-- Made by `make test-uintr ORACLE=bochs`. -->", "",
             "# User interrupts: cases and emulators", "",
             f"QEMU: {stored['qemu']['version']} with tools/qemu-uintr, "
             f"{stored['qemu']['configs']}.  ",
             f"Bochs: {other['version']}, {other.get('configs', '')}.", "",
             "| | case | QEMU | Bochs | |", "| --- | --- | --- | --- | --- |"]
    for number, name in enumerate(names, 1):
        ours = cell(stored["qemu"]["states"].get(str(number), []))
        theirs = cell(other["states"].get(str(number), []))
        note = explained.get(name, "") if theirs == "differs" else ""
        lines.append(f"| {number} | {name} | {ours} | {theirs} | {note} |")
    path.write_text("\n".join(lines) + "\n")


def main():
    """Parses arguments, runs, reports."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--image", type=pathlib.Path, required=True)
    parser.add_argument("--qemu", required=True)
    parser.add_argument("--bochs", help="directory that bochs.sh prints")
    parser.add_argument("--results", type=pathlib.Path, required=True, help="JSON, kept up to date")
    parser.add_argument("--table", type=pathlib.Path)
    parser.add_argument("--timeout", type=int, default=600)
    args = parser.parse_args()

    emulator, boot = ("bochs", bochs) if args.bochs else ("qemu", qemu)
    explained = read_explanations(HERE / "bochs.txt")
    counts = {"ok": 0, "not ok": 0, "skip": 0}
    stored = json.loads(args.results.read_text()) if args.results.exists() else {}
    # A case at which Bochs stops has not printed its name.
    names = dict(enumerate(stored.get("qemu", {}).get("names", []), 1)) if args.bochs else {}
    states, problems, number = {}, [], 0
    configs = [(cpus, x2apic) for cpus in CPUS for x2apic in (0, 1)]
    print("TAP version 13")
    for cpus, x2apic in configs:
        label = f"{emulator}, {cpus} CPU{'s' * (cpus > 1)}, {'x2' if x2apic else 'x'}APIC"
        results, problem = collect(boot, args, cpus, x2apic)
        if problem:
            problems.append(f"{label}: {problem}")
        for case, (name, state, note) in sorted(results.items()):
            name = names[case] = name or names.get(case) or f"case {case}"
            states.setdefault(str(case), []).append(state)
            number += 1
            known = args.bochs and state == "not ok" and name in explained
            counts["skip" if known else state] += 1
            if note and state == "not ok":
                print(f"# {note}")
            if known:
                print(f"ok {number} - {label}: {name} # SKIP Bochs differs: {explained[name]}")
            else:
                print(f"{'not ok' if state == 'not ok' else 'ok'} {number} - {label}: {name}"
                      + (f" # SKIP {note}" if state == "skip" else ""))
    for problem in problems:
        number += 1
        counts["not ok"] += 1
        print(f"not ok {number} - {problem}")
    print(f"1..{number}")
    print(f"{counts['ok']} passed, {counts['not ok']} failed, {counts['skip']} skipped")

    if args.bochs:
        version = pathlib.Path(args.bochs).name
    else:
        version = subprocess.run([args.qemu, "--version"], capture_output=True, text=True,
                                 check=True).stdout.split("\n")[0].split("version ")[1]
    stored[emulator] = {
        "version": version, "names": [names[case] for case in sorted(names)], "states": states,
        "configs": "1, 2 and 4 CPUs, xAPIC and x2APIC"}
    args.results.write_text(json.dumps(stored))
    if args.table and "qemu" in stored:
        table(stored, explained, args.table)
    return counts["not ok"] != 0


if __name__ == "__main__":
    sys.exit(main())
