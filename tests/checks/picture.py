#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
#
# picture.py FILE: whether a picture of the documentation, an SVG, can be read where it is shown 600
# pixels wide, on a page of any colour: letters have 11 pixels at least, a ground of its own lies
# under all of it, nothing begins outside, and it says what it is.

import re
import sys
import xml.etree.ElementTree as tree

SVG = "{http://www.w3.org/2000/svg}"
SHOWN = 600
LETTERS = 11

root = tree.parse(sys.argv[1]).getroot()
_, _, width, height = (float(number) for number in root.get("viewBox").split())
style = root.findtext(SVG + "style")
sizes = [float(size) for size in re.findall(r"font(?:-size)?:[^;}]*?([\d.]+)px", style)]
ground = root.find(SVG + "rect")
faults = []
if min(sizes) * SHOWN / width < LETTERS:
    faults.append(f"letters of {min(sizes) * SHOWN / width:.1f} pixels")
if (float(ground.get("width")), float(ground.get("height"))) != (width, height) or ground.get("x"):
    faults.append("its first rectangle does not cover it")
for text in root.iter(SVG + "text"):
    if not (0 <= float(text.get("x")) <= width and 0 <= float(text.get("y")) <= height):
        faults.append(f"'{text.text}' is outside")
if not root.findtext(SVG + "title"):
    faults.append("it has no title")
for fault in faults:
    print(f"{sys.argv[1]}: {fault}")
sys.exit(1 if faults else 0)
