#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
#
# messages.py PAGE SOURCE...: whether each message that PAGE quotes, in the first column of a table,
# is one of the sources', word for word: a string, or what stands in it before a semicolon. Where
# the string has a conversion of printf's, the message has something. Prints those that are not.

import re
import sys

STRING = r'"((?:[^"\\]|\\.)*)"'
MACRO = r"[A-Z][A-Z0-9_]+"
CONVERSION = r"%[-+ #0]*[\d*]*(?:\.[\d*]+)?(?:ll|l|hh|h|z|j)?[diuxXscp]"
LETTERS = 8


def literals(path):
    """Strings of a source, put together as the compiler does; a macro among them is some word."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for match in re.finditer(rf"{STRING}(?:\s+(?:{MACRO}\s+)?{STRING})*", text):
        parts = re.findall(rf"{STRING}|({MACRO})", match.group(0))
        yield "".join("%s" if macro else part for part, macro in parts).removesuffix("\\n")


def pattern(text):
    """None if the string is little but conversions: it would be any message."""
    words = re.split(CONVERSION, text)
    if len(re.sub(r"\W", "", "".join(words))) < LETTERS:
        return None
    return "(.+)".join(re.escape(word) for word in words)


def is_known(message, patterns):
    """What stands for a conversion is a value, or, if it has several words, a message in turn."""
    def is_good(part):
        return len(part.split()) < 3 or is_known(part, patterns)

    matches = (text.fullmatch(message) for text in patterns)
    return any(match and all(map(is_good, match.groups())) for match in matches)


def main():
    page, *sources = sys.argv[1:]
    patterns = set()
    for source in sources:
        for text in literals(source):
            patterns |= {pattern(text), pattern(text.split(";")[0])}
    patterns = [re.compile(text) for text in patterns - {None}]
    with open(page, encoding="utf-8") as file:
        messages = re.findall(r"^\| `(.*?)` \|", file.read(), re.M)
    if not messages:
        sys.exit(f"{page} quotes no message")
    unknown = [message for message in messages if not is_known(message, patterns)]
    for message in unknown:
        print(f"{page}: no source has the message '{message}'")
    sys.exit(1 if unknown else 0)


main()
