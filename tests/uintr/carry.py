#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Moves a running guest to another QEMU process, by migration and by savevm and loadvm.

Once it is one that has put its CPUs into known states and looks at them afterwards, once
one in the middle of the stress test, which counts what is lost and what comes twice.
"""

import json
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time

MACHINE = pathlib.Path(__file__).resolve().parent / "machine.sh"
TIMEOUT = 600


class Failed(Exception):
    """What went wrong."""


class Machine:
    """A QEMU process with its monitor."""

    def __init__(self, qemu, options, work, *arguments):
        path = f"{work}/monitor"
        listener = socket.socket(socket.AF_UNIX)
        pathlib.Path(path).unlink(missing_ok=True)
        listener.bind(path)
        listener.listen(1)
        listener.settimeout(60)
        self.process = subprocess.Popen(
            ["timeout", "-k", "5", str(TIMEOUT), MACHINE, qemu, "2", options,
             "-qmp", f"unix:{path}", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            self.monitor = listener.accept()[0].makefile("rw")
        except TimeoutError as late:
            self.process.terminate()
            raise Failed("QEMU does not connect to its monitor") from late
        finally:
            listener.close()
        self.monitor.readline()
        self.command("qmp_capabilities")

    def command(self, name, **arguments):
        """One command of the monitor; returns its answer."""
        self.monitor.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.monitor.flush()
        while True:
            line = self.monitor.readline()
            if not line:
                raise Failed(f"QEMU is gone during {name}")
            answer = json.loads(line)
            if "error" in answer:
                raise Failed(f"{name}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]

    def wait_until(self, what, condition):
        """Polls the monitor."""
        end = time.monotonic() + 120
        while not condition():
            if time.monotonic() > end:
                raise Failed(f"{what} did not end")
            time.sleep(0.02)

    def job(self, name, **arguments):
        """A command that goes on in the background."""
        def concluded():
            return self.command("query-jobs")[0]["status"] == "concluded"

        self.command(name, **{"job-id": "job"}, **arguments)
        self.wait_until(name, concluded)
        error = self.command("query-jobs")[0].get("error")
        if error:
            raise Failed(f"{name}: {error}")
        self.command("job-dismiss", id="job")

    def end(self):
        """Quits; returns what the guest had still said."""
        self.command("quit")
        rest = self.process.stdout.read()
        self.process.wait()
        return rest


class Migration:
    """By way of a file."""

    incoming = ("-incoming", "defer")

    def __init__(self, work):
        self.uri = f"file:{work}/migration"

    def save(self, machine):
        """The guest stands still."""
        machine.command("migrate", uri=self.uri)
        machine.wait_until("the migration", lambda: self.completed(machine))

    def load(self, machine):
        """Into a QEMU that has run nothing."""
        machine.command("migrate-incoming", uri=self.uri)
        machine.wait_until("the arrival", lambda: self.completed(machine))

    @staticmethod
    def completed(machine):
        """Also raises what went wrong."""
        state = machine.command("query-migrate")
        if state.get("status") == "failed":
            raise Failed(f"the migration: {state.get('error-desc')}")
        return state.get("status") == "completed"


class Snapshot:
    """savevm and loadvm, on a disk that the guest does not see."""

    incoming = ("-S",)
    where = {"tag": "carried", "vmstate": "disk", "devices": ["disk"]}

    def __init__(self, work):
        self.path = f"{work}/disk"

    def save(self, machine):
        """Makes the disk, too."""
        machine.job("blockdev-create",
                    options={"driver": "file", "filename": self.path, "size": 0})
        machine.command("blockdev-add", driver="file", filename=self.path, **{"node-name": "file"})
        machine.job("blockdev-create", options={"driver": "qcow2", "file": "file", "size": 0})
        machine.command("blockdev-add", driver="qcow2", file="file", **{"node-name": "disk"})
        machine.job("snapshot-save", **self.where)

    def load(self, machine):
        """Into a QEMU that has run nothing."""
        machine.command("blockdev-add", driver="qcow2", **{"node-name": "disk"},
                        file={"driver": "file", "filename": self.path})
        machine.job("snapshot-load", **self.where)


def carry(qemu, options, way, trigger):
    """Returns what the guest has said when it was moved at the line that matches."""
    with tempfile.TemporaryDirectory() as work:
        way = way(work)
        text = ""
        source = Machine(qemu, options, work)
        for line in source.process.stdout:
            text += line.decode(errors="replace")
            if re.match(trigger, line.decode(errors="replace")):
                break
        else:
            raise Failed(f"the guest ended too early:\n{text}")
        source.command("stop")
        way.save(source)
        text += source.end().decode(errors="replace")
        target = Machine(qemu, options, work, *way.incoming)
        way.load(target)
        target.command("cont")
        # What the guest may wait for.
        rest = target.process.communicate(b"\n")[0]
        return text + rest.decode(errors="replace")


def main():
    """carry.py QEMU"""
    guests = (("known states", "carry=1", "# carry"),
              ("in the middle of the stress test", "stress=400000", "ok 1 "))
    number, failed = 0, 0
    for what, options, trigger in guests:
        for way in (Migration, Snapshot):
            number += 1
            try:
                text = carry(sys.argv[1], options, way, trigger)
                plan = int(re.search(r"^1\.\.(\d+)$", text, re.M)[1])
                good = len(re.findall(r"^ok ", text, re.M)) == plan and "\n# end" in text
            except Failed as why:
                text, good = str(why), False
            failed += not good
            print(re.sub(r"^", "# ", text.strip(), flags=re.M))
            print(f"{'ok' if good else 'not ok'} {number} - {way.__name__.lower()}, {what}",
                  flush=True)
    print(f"1..{number}")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
