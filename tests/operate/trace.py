#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
trace.py DIRECTORY PROGRAM...: whether what 'nimbosctl trace' has shown of each PROGRAM's calls
(PROGRAM.json) is what the peer says that it has issued (PROGRAM.log), line by line. Prints TAP.
"""
import json
import os
import re
import sys

LINE = re.compile(r"\[ *[\d.]+\] call slot=(\d+) lane=(\d+) nr=(\d+) args=(\S+) result=(-?\d+)$")


def issued(path):
    """Of each thread, in its order: what others did meanwhile may come before or after."""
    threads = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            slot, lane, nr, args, result = LINE.match(line.rstrip("\n")).groups()
            threads.setdefault((int(slot), int(lane)), []).append(
                (int(nr), [int(arg, 16) for arg in args.split(",")], int(result)))
    return threads


def shown(path):
    threads = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            call = json.loads(line)
            result = call["result"]
            threads.setdefault((call["slot"], call["lane"]), []).append(
                (call["nr"], [int(arg, 16) for arg in call["raw_args"]],
                 int(result, 16) if isinstance(result, str) else result))
            assert call["peer"] == 0 and len(call["args"]) <= 6, line
            assert ("error" in call) == (-4095 <= call["result"] < 0), line
            # Who is awake may be faster than who notifies, or answers.
            assert all(ns >= 0 for name, ns in call["stages_ns"].items()
                       if name not in ("wake", "resume")), line
            assert len(call["stages_ns"]) in (2, 6), line
    return threads


def compare(mine, others):
    assert mine.keys() == others.keys(), (mine.keys(), others.keys())
    for thread, calls in mine.items():
        for at, (one, other) in enumerate(zip(calls, others[thread])):
            assert one == other, f"{thread}, call {at}: issued {one}, shown {other}"
        assert len(calls) == len(others[thread]), (
            f"{thread}: {len(calls)} calls were issued, {len(others[thread])} were shown")


def main(directory, names):
    failures = 0
    for number, name in enumerate(names, 1):
        try:
            calls = issued(os.path.join(directory, name + ".log"))
            compare(calls, shown(os.path.join(directory, name + ".json")))
            print(f"ok {number} - {name}: {sum(map(len, calls.values()))} calls of "
                  f"{len(calls)} threads")
        except (AssertionError, OSError, ValueError) as error:
            failures += 1
            print(f"not ok {number} - {name}\n# {type(error).__name__}: {error}")
    print(f"1..{len(names)}")
    return failures != 0


sys.exit(main(sys.argv[1], sys.argv[2:]))
