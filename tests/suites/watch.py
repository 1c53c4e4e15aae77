# SPDX-License-Identifier: MIT
"""Runs a command again and again until it has finished its list of tests.

usage: watch.py RESULTS SECONDS COMMAND...

The command appends to RESULTS as cpython-one.py and go-one.py do. When it ends early or
adds nothing for SECONDS, the test that was begun last gets a line of its own,
"crash" or "hang", and the command is started once more.
"""
import os
import signal
import subprocess
import sys
import time

path, seconds, command = sys.argv[1], float(sys.argv[2]), sys.argv[3:]


def at():
    """Return the test that was started last and has not ended, and "end"."""
    begun, word = [], ""
    with open(path, encoding="utf-8") as results:
        for line in results:
            word, test = line.rstrip("\n").split("\t")
            begun = [other for other in begun if other != test]
            if word == "start":
                begun.append(test)
    return (begun or [None])[-1], word == "end"


def watch():
    """Return None if the command ended by itself, else "hang"."""
    process = subprocess.Popen(command, start_new_session=True,
                               stdin=subprocess.DEVNULL)
    size, since = -1, time.monotonic()
    verdict = None
    while process.poll() is None:
        if os.path.getsize(path) != size:
            size, since = os.path.getsize(path), time.monotonic()
        elif time.monotonic() - since > seconds:
            verdict = "hang"
            break
        time.sleep(0.1)
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    return verdict


open(path, "w").close()
for _ in range(30):
    verdict = watch() or "crash"
    test, ended = at()
    if ended:
        sys.exit(0)
    if not test:
        break
    with open(path, "a", encoding="utf-8") as results:
        results.write(f"{verdict}\t{test}\n")
sys.exit(f"{path}: not finished, last: {test}")
