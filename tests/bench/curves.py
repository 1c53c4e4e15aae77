#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Reads what curves.sh writes, from standard input, and prints it as tables: the
library's ratio to TCP and to a program written for AF_VSOCK (median of the turns,
and their middle half), what is exact, and how much the ratio to TCP has grown
from one end of a curve to the other."""
import sys
from statistics import median

sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
from figures import quartiles, with_spread
from tables import markdown

NAMES = {
    'open': 'open connections', 'sets': 'epoll sets',
    'numbers': 'open descriptors', 'threads': 'threads that connect at once',
    'children': 'children by fork()', 'rules': 'rules', 'names': 'names',
    'clients': 'clients at once', 'script': 'programs that a script starts',
}
GOAL = 1.2
PHASES = ('bind', 'connect', 'accept', 'answer', 'close')


class Point:
    """What is known of one curve at one N: values[way, field]."""

    def __init__(self):
        self.values = {}

    def add(self, way, field, value):
        self.values.setdefault((way, field), []).append(value)

    def ratios(self, to, field='total', way='library'):
        """Of one way to another, turn by turn."""
        return [a / b for a, b in zip(self.values.get((way, field), ()),
                                      self.values.get((to, field), ())) if b]

    def exact(self, field):
        """What is added to TCP; None where it was not counted."""
        ours, tcp = (self.values.get((way, field)) for way in
                     ('library', 'tcp'))
        return ours[-1] - tcp[-1] if ours and tcp else None

    def refused(self, way):
        return sum(self.values.get((way, 'refused'), [0]))


def text(value, form='{:+,.0f}'):
    return '' if value is None else form.format(value)


def spread(ratios):
    return with_spread(ratios) if ratios else ''


def grown(points, field='total', way='library'):
    """Ratios to TCP at the right end by the median of those at the left."""
    ends = [ratios for ratios in (p.ratios('tcp', field, way)
                                  for p in points.values()) if ratios]
    return [r / median(ends[0]) for r in ends[-1]] if len(ends) > 1 else []


def exactly(points, field):
    """Left and right end of what is added."""
    ends = [e for e in (p.exact(field) for p in points.values())
            if e is not None]
    return f'{ends[0]:,.0f}, {ends[-1]:,.0f}' if ends else ''


def verdict(points):
    ratios = grown(points)
    if not ratios:
        return 'not measured'
    low, middle, high = quartiles(ratios)
    if low < GOAL < high:
        return 'too noisy to tell' if middle > GOAL else 'met, in most turns'
    if middle <= GOAL:
        return 'met'
    raw = grown(points, way='raw')
    if not raw or median(raw) <= GOAL:
        return '**missed**'
    return ('**missed**, by AF_VSOCK itself: '
            f'{spread(raw)} for a program written for it')


def verdicts(curves):
    rows = []
    for what, points in curves.items():
        sizes = list(points)
        rows.append([NAMES[what], f'{sizes[0]:,} to {sizes[-1]:,}',
                     spread(grown(points)), verdict(points),
                     exactly(points, 'calls'),
                     exactly(points, 'instructions')])
    return ['as these grow', 'from, to', 'ratio to TCP, right : left end',
            '1.2 or less', 'calls added, at the ends',
            'instructions added, at the ends'], rows


def goals(curves):
    """For the page's one table of goals."""
    return [(f'connections : TCP, {name}: {ends}, right : left end',
             '1.2 or less', ratio, said)
            for name, ends, ratio, said, *_ in verdicts(curves)[1]]


def each_point(curves):
    rows = []
    for what, points in curves.items():
        for n, point in points.items():
            tcp = point.values.get(('tcp', 'total'))
            rows.append([
                NAMES[what], f'{n:,}',
                f'{median(tcp) / 1e3:,.0f}' if tcp else '',
                spread(point.ratios('tcp')), spread(point.ratios('raw'))])
    return ['', 'N', 'TCP, us', 'library : TCP',
            'library : written for AF_VSOCK'], rows


def phases(points):
    """What each part of a connection costs beside few and many others."""
    ends = [points[n] for n in (min(points), max(points))]
    return ['', f'beside {min(points):,}', f'beside {max(points):,}',
            'right : left end'], [
        [phase] + [spread(end.ratios('tcp', phase)) for end in ends] +
        [spread(grown(dict(enumerate(ends)), phase))]
        for phase in PHASES]


def memory(points, way):
    """KiB of user memory that one more of them takes."""
    low, high = min(points), max(points)
    kib = [points[n].values.get((way, 'kib')) for n in (low, high)]
    if high == low or not all(kib):
        return None
    return (kib[1][0] - kib[0][0]) / (high - low)


def notes(curves):
    """What no table has, a line each."""
    for what, points in curves.items():
        if 'by AF_VSOCK itself' in verdict(points):
            yield (f'Beside many {NAMES[what]} AF_VSOCK itself is slow: the '
                   'connections from one machine to one port of another are '
                   'one list in the kernel (VSOCK_CONN_HASH() in '
                   'net/vmw_vsock/af_vsock.c), searched for each new one.')
        last = points[max(points)]
        if what in ('open', 'rules', 'names'):
            yield (f'One more of the {NAMES[what]} takes '
                   f'{text(memory(points, "library"), "{:.3f}")} KiB of user '
                   f'memory, on TCP {text(memory(points, "tcp"), "{:.3f}")}.')
        if what == 'open':
            yield ('Idle ones take {} ns of CPU time a second, on TCP {}.'
                   .format(*(text(last.values.get((way, 'idle_ns'), [None])[0],
                                  '{:,.0f}') for way in ('library', 'tcp'))))
        if what == 'threads':
            yield (f'{max(points)} threads at once: '
                   f'{text(last.exact("locks"))} calls that wait for a lock '
                   '(futex) are added.')
        if what in ('clients', 'threads'):
            yield ('Of {:,} {} as many were refused: {} with the library, {} '
                   'on TCP, {} written for AF_VSOCK.'.format(
                       max(points), NAMES[what],
                       *(f'{last.refused(way):.0f}' for way in
                         ('library', 'tcp', 'raw'))))


def read(lines):
    curves = {}
    for line in lines:
        what, n, way, field, value = line.strip().split(',')
        curves.setdefault(what, {}).setdefault(int(n), Point()).add(
            way, field, float(value))
    return curves


def report(curves):
    parts = [markdown(*verdicts(curves))]
    if 'open' in curves:
        parts.append(markdown(*phases(curves['open'])))
    parts.append('\n'.join(f'* {note}' for note in notes(curves)) + '\n')
    parts.append(markdown(*each_point(curves), 2))
    return '\n'.join(parts)


if __name__ == '__main__':
    print(report(read(sys.stdin)), end='')
