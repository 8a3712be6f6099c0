#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Migrates a guest in the middle of the stress test, and lets it finish elsewhere.

The receiver's registers, UIF, UIRR and what is pending go with it: afterwards nothing
is lost and nothing comes twice, which the guest itself counts.
"""

import json
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time


def start(qemu, image, work, name, *extra):
    """Starts QEMU with its monitor on a socket; returns both."""
    path = f"{work}/{name}.sock"
    process = subprocess.Popen([
        qemu, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
        "-machine", "pc", "-accel", "tcg,thread=multi", "-cpu", "max,vendor=GenuineIntel",
        "-smp", "2", "-m", "64", "-device", "isa-debug-exit,iobase=0xf4,iosize=1",
        "-serial", f"file:{work}/{name}.log", "-qmp", f"unix:{path},server=on,wait=off",
        "-kernel", image, "-append", "cpus=2 stress=80000", *extra], stdin=subprocess.DEVNULL)
    monitor = socket.socket(socket.AF_UNIX)
    for _ in range(600):
        try:
            monitor.connect(path)
            break
        except OSError:
            if process.poll() is not None:
                sys.exit(f"migrate: QEMU ended with status {process.returncode}")
            time.sleep(0.05)
    stream = monitor.makefile("rw")
    stream.readline()
    command(stream, "qmp_capabilities")
    return process, stream


def command(stream, name, **arguments):
    """One QMP command; returns its answer."""
    stream.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
    stream.flush()
    while True:
        answer = json.loads(stream.readline())
        if "error" in answer:
            sys.exit(f"migrate: {name}: {answer['error']['desc']}")
        if "return" in answer:
            return answer["return"]


def wait_for(what, seconds, condition):
    """Polls until the condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"migrate: {what} did not happen in {seconds} s")
        time.sleep(0.02)


def main():
    """migrate.py QEMU IMAGE"""
    qemu, image = sys.argv[1:]
    with tempfile.TemporaryDirectory() as work:
        log = [pathlib.Path(work, name) for name in ("first.log", "second.log")]
        first, monitor = start(qemu, image, work, "first")
        wait_for("the first mode", 120, lambda: log[0].exists() and "ok 1" in log[0].read_text())
        command(monitor, "stop")
        command(monitor, "migrate", uri=f"file:{work}/state")
        wait_for("the migration", 60,
                 lambda: command(monitor, "query-migrate").get("status") == "completed")
        first.kill()
        first.wait()
        second, monitor = start(qemu, image, work, "second", "-incoming", f"file:{work}/state")
        wait_for("the arrival", 60, lambda: command(monitor, "query-status")["status"] !=
                 "inmigrate")
        if command(monitor, "query-status")["status"] == "paused":
            command(monitor, "cont")
        try:
            second.wait(300)
        except subprocess.TimeoutExpired:
            second.kill()
        text = log[0].read_text() + log[1].read_text()
        print(re.sub(r"^", "# ", text.strip(), flags=re.M))
        good = len(re.findall(r"^ok \d - receiver", text, re.M)) == 4 and "# end" in text
        print("1..1")
        print(f"{'ok' if good else 'not ok'} 1 - migrated in the middle of the stress test")
        return not good


if __name__ == "__main__":
    sys.exit(main())
