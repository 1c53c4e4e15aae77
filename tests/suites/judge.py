# SPDX-License-Identifier: MIT
"""Compares what was written by cpython-one.py or go-one.py on TCP and on vsock.

usage: judge.py KNOWN DIRECTORY MODULE...

What passes on TCP has to pass on vsock, except for the tests that KNOWN
lists, each with its reason; one that is listed and passes is a failure too,
unless its reason begins with "race:".
"""
import os
import sys


def read(path):
    """Return the last word on each test, and whether all were run."""
    words = {}
    with open(path, encoding="utf-8") as results:
        for line in results:
            word, test = line.rstrip("\n").split("\t")
            words[test] = word
    return words, words.pop("end", None) is not None


def read_known(path):
    known = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                test, reason = line.split(None, 1)
                known[test] = reason.strip()
    return known


def opens(module, run):
    """Return how many TCP connections the kernel counted in a run."""
    path = os.path.join(directory, f"{module}.{run}.opens")
    with open(path, encoding="utf-8") as count:
        return int(count.read())


def judge(module):
    """Print a module's row and its exceptions; return what counts."""
    passed = failed = skipped = 0
    notes = []
    try:
        tcp, tcp_whole = read(os.path.join(directory, module + ".tcp"))
        vsock, vsock_whole = read(os.path.join(directory, module + ".vsock"))
        connections = [opens(module, run) for run in ("tcp", "vsock")]
    except FileNotFoundError as error:
        print(f"{module:<36} no results: {error.filename}")
        return 0, 1, 0
    if not (tcp_whole and vsock_whole):
        failed += 1
        notes.append("not run to its end")
    wanted = sorted(test for test in tcp if tcp[test] == "pass")
    for test in wanted:
        word = vsock.get(test, "not run")
        exact = test in known and not known[test].startswith("race:")
        if exact and word == "pass":
            failed += 1
            notes.append(f"passes, but is listed as known: {test}")
        elif word == "pass":
            passed += 1
        elif test in known:
            skipped += 1
            notes.append(f"known ({word}): {test}: {known[test]}")
        else:
            failed += 1
            notes.append(f"FAIL ({word}): {test}")
    print(f"{module:<36} {len(tcp):>6} {len(wanted):>6} {passed:>6} "
          f"{failed:>6} {skipped:>6} "
          "{:>9} {:>9}".format(*connections))
    for note in notes:
        print("   ", note)
    if not wanted:
        print("    nothing passes on TCP")
        failed += 1
    return passed, failed, skipped


known = read_known(sys.argv[1])
directory = sys.argv[2]
print(f"{'module':<36} {'tests':>6} {'tcp ok':>6} {'vsock':>6} "
      f"{'failed':>6} {'known':>6} {'TCP opens':>9} {'redirected':>9}")
sums = [sum(column) for column in zip(*map(judge, sys.argv[3:]))]
print("{} passed, {} failed, {} skipped".format(*sums))
sys.exit(sums[1] > 0)
