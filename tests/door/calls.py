#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What supervisors were asked, and did, for one connection.

	calls.py REASONS FOLDER...

Reads the traces of calls-inside.sh: a file for each thread. A call is served
from the notification that a thread receives to the answer that it sends.
"""
import re
import sys
from collections import Counter
from pathlib import Path

ASKED = re.compile(r'SECCOMP_IOCTL_NOTIF_RECV, .*nr=__NR_(\w+),.*args=\[(.*?)\]')
OPTIONS = {(1, 4): 'SO_ERROR', (1, 9): 'SO_KEEPALIVE', (6, 1): 'TCP_NODELAY',
           (6, 4): 'TCP_KEEPIDLE', (6, 5): 'TCP_KEEPINTVL'}
# Chance: whether another thread sleeps, and which of Go's makes the call, whose
# process has to be found the first time: by its file status, too. The time is
# known without the kernel where there is a vDSO (vdso(7)), and memory is
# asked for by a thread's first call only.
CHANCE = ('futex', 'tgkill', 'pidfd_open', 'clock_gettime', 'mmap', 'munmap',
          'mprotect', 'brk')


def name_of(asked):
    """The program's call, as the table has it."""
    name, args = asked.groups()
    if name not in ('getsockopt', 'setsockopt'):
        return name
    level, option = (int(word, 0) for word in args.split(', ')[1:3])
    return f'{name} {OPTIONS.get((level, option), f"{level}, {option}")}'


def served(trace):
    """Yields (time, call, its answer, the supervisor's own calls)."""
    asked, skip = None, 0
    for line in trace.read_text(encoding='utf-8').splitlines():
        time, _, call = line.partition(' ')
        name = call.partition('(')[0]
        if name == 'ioctl':
            name = call.split(',')[1].split(')')[0].strip()
            name = name.replace('SECCOMP_IOCTL_NOTIF_', '')
        if name == 'RECV':
            asked, own = ASKED.search(call), Counter()
        if '/status"' in call:
            skip = 3
        if not asked or name in CHANCE or skip:
            skip = max(0, skip - 1)
            continue
        own['fstat' if name == 'newfstatat' else name] += 1 # glibc's choice
        if name == 'SEND':
            answer = re.search(r'val=(-?\d+), error=(-?\w+)', call)
            yield float(time), name_of(asked), answer.groups(), own
            asked = None


def one_connection(calls):
    """From the second of three to the third."""
    at = [i for i, call in enumerate(calls) if call[1] == 'connect' or
          call[1].startswith('accept') and int(call[2][0]) > 0]
    if len(at) != 3:
        sys.exit(f'FAIL: {len(at)} connections, not three')
    return calls[at[1]:at[2]]


def table(folder, reasons):
    """Its lines."""
    program, side = folder.name.split('-')
    calls = sorted(call for trace in folder.iterdir()
                   for call in served(trace))
    calls = one_connection(calls)
    print(f'{program}, a {side}\'s connection: {len(calls)} calls, '
          f'{sum(sum(call[3].values()) for call in calls)} of the supervisor')
    for _, name, _, own in calls:
        if name not in reasons:
            sys.exit(f'FAIL: {name} has no reason')
        print(f'  {name:<25} {sum(own.values()):2}  {reasons[name]}')
        words = [f'{n} {word}' if n > 1 else word
                 for word, n in sorted(own.items())]
        print(f'{"":31}{", ".join(words)}')


def main(reasons, folders):
    lines = Path(reasons).read_text(encoding='utf-8').splitlines()
    known = dict(line.split('\t') for line in lines
                 if line and not line.startswith('#'))
    for folder in folders:
        table(Path(folder), known)


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2:])
