#!/usr/bin/python3
# SPDX-License-Identifier: MIT
#
# Inside the test kernel: the same random walks on TCP and redirected. Where
# their transcripts differ, the plan is cut down to what it takes.
#
#   inside.py PROGRAM LIBRARY TABLE FIRST COUNT
#   inside.py --shrink N ...       at most N of them (5 if not told)
#   inside.py --supervised ...     through the supervisor
#   inside.py --like unix ...      TABLE leads to Unix sockets: what differs on
#                                  purpose, by tests/hybrid/documented, is made
#                                  the same
#   inside.py --monitor PATH ...   with tests/hybrid's monitor at PATH
#
# Ends with "N passed, N failed"; a walk is one.

import argparse
import os
import re
import subprocess
import sys

LAST_STEP = 120

# The address of a peer that is no IP host; the end of a Unix socket, which is
# that of both directions.
LIKE = {"vsock": [],
        "unix": [(r"100\.\d+\.\d+\.\d+", "127.0.0.1"),
                 (r"fd76:736f:636b::[0-9a-f:]*", "::1"),
                 (r"\|HUP\b", ""), (r"(= \d+ )HUP$", r"\g<1>0")]}

# Through the supervisor these are the kernel's own, which has other words where
# there is no connection, and knows no ioctl().
OWN = [(r"^(\d+ send.* (?:listener|bound|new|failed) .*= )"
        r"(?:EPIPE|ENOTCONN|EOPNOTSUPP)\b.*$", r"\1no connection"),
       (r"^(\d+ recv.* shut .*= )(?:ENOTCONN|0)\b.*$", r"\1no connection"),
       (r"^(\d+ ioctl .* an unknown one = )\w+", r"\1unknown")]


def make_kernel_forget():
    """
    A port is free as soon as its connection is gone: no TIME_WAIT. But what
    one side has closed is there until the other does, however slow we are.
    """
    for name, value in (("tcp_max_tw_buckets", "0"), ("tcp_fin_timeout", "600")):
        with open("/proc/sys/net/ipv4/" + name, "w") as file:
            file.write(value)


class Monitor:
    """It ends with its standard input."""

    def __init__(self, path):
        program = os.path.join(os.path.dirname(__file__), "..", "hybrid",
                               "monitor.py")
        self.process = path and subprocess.Popen(
            [program, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self):
        if self.process:
            self.process.stdout.readline()

    def __exit__(self, *_):
        if self.process:
            self.process.stdin.close()
            self.process.wait()


class Walks:
    def __init__(self, args):
        if args.monitor:
            os.environ["WALK_MONITOR"] = args.monitor
        if args.supervised:
            os.environ["WALK_RESTARTS"] = "1"
        self.program = args.program
        self.like = LIKE[args.like] + (OWN if args.supervised else [])
        self.door = (["tcp2vsock", "--engine=supervise", "--"]
                     if args.supervised else [])
        self.redirected = dict(os.environ, LD_PRELOAD=args.library,
                               TCP2VSOCK_CONFIG=args.table)

    def run(self, env, first, count, steps):
        door = self.door if env is self.redirected else []
        command = [*door, self.program, str(first), str(count), *map(str, steps)]
        done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, timeout=1800)
        text = done.stdout.decode(errors="replace")
        for pattern, word in self.like:
            text = re.sub(pattern, word, text, flags=re.M)
        return split(text)

    def both(self, first, count, steps=()):
        return (self.run(os.environ, first, count, steps),
                self.run(self.redirected, first, count, steps))


def split(text):
    """From each seed to its lines."""
    walks, lines = {}, []
    for line in text.splitlines():
        if line.startswith("== "):
            lines = walks[int(line[3:])] = []
        else:
            lines.append(line)
    return walks


def first_difference(tcp, vsock):
    for i, line in enumerate(tcp):
        if i >= len(vsock) or vsock[i] != line:
            return i
    return len(tcp) if len(vsock) > len(tcp) else None


def step_of(lines, i):
    while i >= 0:
        word = lines[i].split(" ")[0] if i < len(lines) else ""
        if word.isdigit():
            return int(word)
        i -= 1
    return LAST_STEP - 1


def results(tcp, vsock):
    """The step where they differ, and what it gave on either side."""
    at = first_difference(tcp, vsock)
    if at is None:
        return None
    pair = (lines[at] if at < len(lines) else "" for lines in (tcp, vsock))
    return (step_of(tcp, at), *(line.split(" = ")[-1] for line in pair))


def differs(walks, seed, steps, how):
    tcp, vsock = (runs[seed] for runs in walks.both(seed, 1, steps))
    return results(tcp, vsock) == how


def shrink(walks, seed, steps, how):
    """Fewer and fewer at a time, as long as the difference stays."""
    size = max(1, len(steps) // 2)
    while size:
        at, gone = 0, False
        while at < len(steps):
            fewer = steps[:at] + steps[at + size:]
            if fewer and differs(walks, seed, fewer, how):
                steps, gone = fewer, True
            else:
                at += size
        if size == 1 and not gone:
            break
        size = max(1, size // 2) if size > 1 or gone else 0
    return steps


def show(walks, seed, steps):
    tcp, vsock = (runs[seed] for runs in walks.both(seed, 1, steps))
    at = first_difference(tcp, vsock)
    if at is None:
        print("     it is gone when it runs again")
        return
    for line in tcp[:at]:
        print("     " + line)
    print("    -" + "\n    -".join(tcp[at:at + 2]))
    print("    +" + "\n    +".join(vsock[at:at + 2]))


def report(walks, seed, tcp, vsock, shrinks):
    at = first_difference(tcp, vsock)
    print(f"FAIL seed {seed}: TCP (-) and vsock (+) differ")
    for line in tcp[max(0, at - 2):at]:
        print("     " + line)
    print("    -" + (tcp[at] if at < len(tcp) else ""))
    print("    +" + (vsock[at] if at < len(vsock) else ""), flush=True)
    if not shrinks:
        return
    how = results(tcp, vsock)
    steps = shrink(walks, seed, list(range(how[0] + 1)), how)
    print("   ", walks.program, seed, 1, *steps)
    show(walks, seed, steps)
    sys.stdout.flush()


def compare(walks, args):
    tcp, vsock = walks.both(args.first, args.count)
    failed = 0
    for seed, lines in tcp.items():
        if first_difference(lines, vsock.get(seed, [])) is not None:
            report(walks, seed, lines, vsock.get(seed, []),
                   failed < args.shrink)
            failed += 1
    if len(tcp) != args.count:
        print(f"FAIL: {len(tcp)} walks of {args.count} on TCP")
        failed += 1
    print(f"{len(tcp) - failed} passed, {failed} failed")
    return failed > 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--shrink", type=int, default=5)
    parser.add_argument("--like", choices=LIKE, default="vsock")
    parser.add_argument("--monitor")
    parser.add_argument("--supervised", action="store_true")
    parser.add_argument("program")
    parser.add_argument("library")
    parser.add_argument("table")
    parser.add_argument("first", type=int)
    parser.add_argument("count", type=int)
    args = parser.parse_args()
    make_kernel_forget()
    with Monitor(args.monitor):
        return compare(Walks(args), args)


sys.exit(main())
