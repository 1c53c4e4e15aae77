# SPDX-License-Identifier: MIT
"""Runs a test program of Go's and says how each of its tests ended.

usage: go-one.py PROGRAM RESULTS [COMMAND...]

COMMAND, if any, runs it. A line is appended to RESULTS before and after each
test; those that it has already are not run again, so that after a test that
hung or crashed the program can be gone on with.
"""
import re
import subprocess
import sys

program, path, command = sys.argv[1], sys.argv[2], sys.argv[3:]
LINE = re.compile(r"(=== RUN|=== CONT|--- PASS:|--- FAIL:|--- SKIP:) +"
                  r"(Test\w+)(/\S+)?(?: \([\d.]+s\))?$")
WORDS = {"=== RUN": "start", "=== CONT": "start", "--- PASS:": "pass",
         "--- FAIL:": "fail", "--- SKIP:": "skip"}

with open(path, encoding="utf-8") as earlier:
    seen = {test for word, test in (line.rstrip("\n").split("\t")
                                    for line in earlier) if word != "start"}
listed = subprocess.run([program, "-test.list", "^Test"], check=True,
                        capture_output=True, text=True).stdout.split()
left = [test for test in listed if test not in seen]
with open(path, "a", encoding="utf-8", buffering=1) as results:
    # One at a time, so that a hang has a name; what parallel tests do comes
    # after all others.
    process = subprocess.Popen(
        command + [program, "-test.v", "-test.short", "-test.parallel=1",
                   "-test.timeout=0", "-test.run", "^(" + "|".join(left) + ")$"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace")
    for line in process.stdout:
        print(line, end="", flush=True)
        # What a test prints without a newline stands before it.
        match = LINE.search(line)
        if not match or (match[3] and match[1].startswith("---")):
            continue
        results.write(f"{WORDS[match[1]]}\t{match[2]}\n")
        if match[1].startswith("---"):
            seen.add(match[2])
    process.wait()
    if all(test in seen for test in listed):
        results.write("end\tend\n")
