#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
#
# abi.py KERNEL-DOC: prints docs/abi.md. The words are those of the headers in uapi/linux, by
# Linux's scripts/kernel-doc; offsets, sizes and values are the compiler's.

import os
import re
import subprocess
import sys
import tempfile

HEADERS = {
    "nimbos_scf.h": "the memory that Linux and a peer share",
    "nimbos.h": "the ioctls of /dev/nimbos",
    "nimbos_legacy.h": "peers from before SCF version 3",
}
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def evaluate(expressions):
    """What integer expressions are worth, as the compiler sees them."""
    with tempfile.TemporaryDirectory() as work:
        program = work + "/values"
        lines = "".join(f'printf("%lld\\n", (long long)({text}));\n' for text in expressions)
        source = ("#include <stddef.h>\n#include <stdio.h>\n" +
                  "".join(f"#include <linux/{name}>\n" for name in HEADERS) +
                  "int main(void)\n{\n" + lines + "return 0;\n}\n")
        subprocess.run(["gcc", "-std=gnu11", "-w", f"-I{TOP}/uapi", "-x", "c", "-o", program, "-"],
                       input=source, text=True, check=True)
        output = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    return [int(line) for line in output.split()]


def code(text):
    """@name in comments, which kernel-doc prints in bold letters."""
    text = re.sub(r"\*\*(.+?)\*\*", r"`\1`", text)
    text = re.sub(r"@(\w+)", r"`\1`", text)
    return re.sub(r"(?<![`\w])(NIMBOS_\w+\*?)", r"`\1`", text)


def cell(lines):
    return code(" ".join(" ".join(lines).split())).replace("|", "\\|")


def table(head, rows):
    rows = [head, ["---"] * len(head)] + rows
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


def paragraphs(lines):
    """Text of a comment, without blank lines around it."""
    return code("\n".join(lines).strip("\n")) + "\n"


def number(value):
    return str(value) if 0 <= value < 4096 else f"{value & 0xffffffffffffffff:#x}"


def introduction(text):
    """The comment at the top of a header."""
    comment = re.search(r"^/\*\n(.*?)^ \*/", text, re.M | re.S).group(1)
    lines = [re.sub(r"^ \* ?", "", line) for line in comment.splitlines()]
    # What is drawn there is indented by a tab, as code is here.
    return "\n".join(line if line.startswith("\t") else code(line) for line in lines) + "\n"


def constants(text):
    """Macros that stand for a number, but for what is only a part of another one."""
    found = []
    previous = ""
    for line in text.splitlines():
        match = re.match(r"#define (NIMBOS_[A-Z0-9_]+) +(.*)", line)
        if match and not match.group(2).startswith('"'):
            name, value = match.groups()
            comment = re.search(r"/\* (.*) \*/", value) or re.fullmatch(r"/\* (.*) \*/", previous)
            found.append((name, comment.group(1) if comment else ""))
        previous = line
    values = evaluate([name for name, _ in found])
    return [[f"`{name}`", number(value), cell([comment])]
            for (name, comment), value in zip(found, values)]


def members(kind, name, words, flexible):
    """Rows of a structure's or an enumeration's table; words are pairs of a name and its text."""
    if kind == "enum":
        values = evaluate([constant for constant, _ in words])
        return [[f"`{constant}`", number(value), cell(text)]
                for (constant, text), value in zip(words, values)]
    # Of a flexible array, whose length nobody knows, the size of an element.
    places = evaluate([text for member, _ in words
                       for text in (f"offsetof(struct {name}, {member})",
                                    f"sizeof(((struct {name} *)0)->{member}" +
                                    ("[0])" if member in flexible else ")"))])
    return [[f"{offset:#x}", f"{size} each" if member in flexible else str(size), f"`{member}`",
             cell(text)]
            for (member, text), offset, size in zip(words, places[::2], places[1::2])]


def entry(lines):
    """What kernel-doc prints for a structure or an enumeration."""
    kind, name = re.match(r"\.\. c:(\w+):: (\w+)", lines[0]).groups()
    sections = {"": []}
    current = ""
    for line in lines[1:]:
        match = re.fullmatch(r"\*\*(Definition|Members|Constants|Description)\*\*", line)
        if match:
            current = match.group(1)
            sections[current] = []
        else:
            sections[current].append(line)
    words = []
    for line in sections.get("Members", sections.get("Constants", [])):
        match = re.fullmatch(r"``(\w+)``", line)
        if match:
            words.append((match.group(1), []))
        elif words:
            words[-1][1].append(line)
    flexible = re.findall(r"(\w+)\[\];", "\n".join(sections.get("Definition", [])))
    head = ["", "value", ""] if kind == "enum" else ["offset", "bytes", "", ""]
    text = f"### {kind} {name}\n\n{cell(sections[''])}"
    if kind == "struct":
        text += f"; {evaluate([f'sizeof(struct {name})'])[0]} bytes"
    text += "\n\n" + table(head, members(kind, name, words, flexible))
    if "Description" in sections:
        text += "\n" + paragraphs(sections["Description"])
    return text


def reference(kernel_doc, path):
    rst = subprocess.run(["perl", kernel_doc, "-sphinx-version", "3.1", "-rst", path],
                         capture_output=True, text=True, check=True).stdout
    blocks = [[]]
    for line in rst.splitlines():
        if re.match(r"\.\. (_|c:)", line):
            blocks.append([])
        blocks[-1].append(line)
    for block in blocks[1:]:
        title = re.match(r"\.\. _(.*):", block[0])
        if block[0].startswith(".. c:function::"):
            continue
        if title:
            yield f"### {title.group(1)}\n\n" + paragraphs(block[3:])
        else:
            yield entry(block)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: abi.py KERNEL-DOC")
    print("<!-- SPDX-License-Identifier: GPL-2.0 -->\n# ABI reference\n\n"
          "Made from the headers by `make docs`; do not edit. Offsets are from the structure's\n"
          "start. Macros with arguments, and functions, are in the headers only.\n")
    for name, what in HEADERS.items():
        path = f"{TOP}/uapi/linux/{name}"
        with open(path, encoding="utf-8") as file:
            text = file.read()
        print(f"## linux/{name}: {what}\n\n{introduction(text)}")
        for part in reference(sys.argv[1], path):
            print(part)
        print("### Numbers of " + name + "\n\n" + table(["", "value", ""], constants(text)))


main()
