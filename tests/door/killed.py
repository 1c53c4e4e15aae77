# SPDX-License-Identifier: MIT
"""Kills a supervised program, its supervisor or its launcher at random moments.

usage: killed.py COUNT [SEED]

Each time a program whose threads connect, and are refused, all the time is begun
by tcp2vsock; soon one of the three gets a signal. Nothing may hang, and
nothing may be left. A mark in the environment tells whose processes are whose.
"""
import os
import random
import signal
import subprocess
import sys
import time

PROGRAM = """
import socket, threading
def dial():
    while True:
        try:
            socket.create_connection(("127.0.0.1", 9))
        except OSError:
            pass
for _ in range(4):
    threading.Thread(target=dial).start()
"""
count = int(sys.argv[1])
seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 30)
random.seed(seed)


def marked(mark):
    """The processes that have it, but for those that are zombies."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/environ", "rb") as environ:
                if mark in environ.read().split(b"\0"):
                    found.append(int(name))
        except OSError:
            pass
    return found


def try_once(number):
    """Return what went wrong, or None."""
    mark = f"KILLED={os.getpid()}.{number}"
    launcher = subprocess.Popen(
        ["env", mark, "tcp2vsock", "--engine=supervise", "-m", "*:* = refuse",
         "--", sys.executable, "-c", PROGRAM], stderr=subprocess.DEVNULL)
    time.sleep(random.expovariate(4))
    pids = marked(mark.encode()) or [launcher.pid]
    victim = random.choice(pids)
    number = signal.SIGKILL
    if victim == launcher.pid and random.random() < 0.5:
        number = signal.SIGTERM
    os.kill(victim, number)
    what = f"{number.name} to {pids.index(victim) + 1} of {len(pids)}"
    try:
        launcher.wait(60)
    except subprocess.TimeoutExpired:
        return what + ": the launcher hangs"
    if number == signal.SIGTERM and launcher.returncode != -number:
        return f"{what}: status {launcher.returncode}"
    deadline = time.monotonic() + 60
    while left := marked(mark.encode()):
        if time.monotonic() > deadline:
            return f"{what}: {len(left)} are left"
        time.sleep(0.05)
    return None


failures = list(filter(None, map(try_once, range(count))))
for failure in failures:
    print("FAIL:", failure)
print(f"{count - len(failures)} of {count} ended, seed {seed}")
sys.exit(bool(failures))
