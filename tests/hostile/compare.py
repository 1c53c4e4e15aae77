# SPDX-License-Identifier: MIT
"""Compares what hostile.c gave on TCP with what it gave through the doors.

usage: compare.py DOCUMENTED FOLDER COUNT

A difference is written as "CALL: TCP's result -> the other's". DOCUMENTED has a
regular expression for each kind that stays, behind the doors that have it.
"""
import pathlib
import re
import sys

documented, folder, count = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
known = []
for text in pathlib.Path(documented).read_text(encoding="ascii").splitlines():
    if text and not text.startswith("#"):
        doors, expression = text.split(None, 1)
        known.append((doors, re.compile(expression)))
tcp = (folder / "tcp").read_text(encoding="ascii").splitlines()
failed, met = 0, 0
for door in "preload", "supervise":
    lines = (folder / door).read_text(encoding="ascii").splitlines()
    if not len(tcp) == len(lines) == int(count):
        print(f"FAIL: {door} has made {len(lines)} calls, TCP {len(tcp)}")
        failed += 1
    for a, b in zip(tcp, lines):
        if a == b:
            continue
        difference = a + " -> " + b.split(": ", 1)[1]
        if any(doors in ("both", door) and expression.search(difference)
               for doors, expression in known):
            met += 1
        else:
            print(f"FAIL: {door}: {difference}")
            failed += 1
print(f"{met} documented differences")
print(f"{2 * len(tcp) - failed} passed, {failed} failed, 0 skipped")
sys.exit(failed > 0)
