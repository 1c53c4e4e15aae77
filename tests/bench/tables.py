# SPDX-License-Identifier: MIT
"""The tables of the page: each is a header and rows of text."""
from statistics import median

from figures import WAYS, with_spread


def markdown(header, rows, right=1):
    """Columns from `right` on are numbers."""
    lines = ['| ' + ' | '.join(header) + ' |',
             '|' + '|'.join('---' if i < right else '---:'
                            for i in range(len(header))) + '|']
    lines += ['| ' + ' | '.join(str(c) for c in row) + ' |' for row in rows]
    return '\n'.join(lines) + '\n'


def bytes_text(size):
    for unit, word in ((1 << 20, 'MiB'), (1 << 10, 'KiB')):
        if size >= unit:
            return f'{size // unit} {word}'
    return f'{size} B'


def name_of(key):
    what, size, n = key
    if what == 'connect':
        return 'connect, 1 byte, close'
    if what == 'ask':
        many = 'connection' if n == 1 else 'connections'
        return f'ask and answer, {bytes_text(size)}, {n} {many}'
    return f'{what}, pieces of {bytes_text(size)}'


def rate_text(key, rate):
    if rate is None:
        return 'not measured'
    if key[0] in ('send', 'receive'):
        return f'{rate / 1e6:.1f} MB/s'
    return f'{rate:.0f} /s'


# ---- in test kernels, side by side ----------------------------------------

TRAFFIC = {
    'library : written for AF_VSOCK': ('library', 'raw', 2),
    'TCP : written for AF_VSOCK': ('tcp', 'raw', 2),
    'library : a socat': ('library', 'socat', 1),
    'library : two socats': ('library', 'socats', 1),
    'library : haproxy': ('library', 'haproxy', 1),
}


def traffic_table(one):
    """Of one kernel."""
    header = ['', 'written for AF_VSOCK'] + list(TRAFFIC)
    rows = []
    for key in one.rate:
        rows.append([name_of(key), rate_text(key, one.typical(key, 'raw'))])
        rows[-1] += [with_spread(one.ratios(key, a, b), digits)
                     for a, b, digits in TRAFFIC.values()]
    return header, rows


# ---- counted, or on this machine -------------------------------------------

def instructions_table(rows):
    """Of tests/instructions/expected: call, alone, and with the library."""
    return ['call', 'alone', 'added, port in no rule',
            'added, address in no rule', 'added, no rule',
            'added, redirected'], [
        [call, alone] + [f'+{int(with_it) - int(alone)}' for with_it in more]
        for call, alone, *more in rows]


def idle_each(rows):
    """KiB of user memory for one more connection, by way."""
    one, result = {}, {}
    for row in rows:
        n, kib, way = int(row['connections']), int(row['kib']), row['way']
        if n == 1:
            one[way] = kib
        elif way in one:
            result[way] = (kib - one[way]) / (n - 1), row['ticks']
    return result


def idle_table(rows):
    return ['', 'KiB of user memory for 1,000', 'CPU ticks in a second'], [
        [WAYS[way], f'{1000 * kib:,.0f}', ticks]
        for way, (kib, ticks) in idle_each(rows).items()]


def start_kinds(rows):
    """(command, rules) -> pairs of times without and with the library."""
    kinds = {}
    for row in rows:
        kinds.setdefault((row['command'], int(row['rules'])), []).append(
            (float(row['without_us']), float(row['with_us'])))
    return kinds


def start_added(pairs):
    """What the fastest with it takes more than the fastest without."""
    return min(b for _, b in pairs) - min(a for a, _ in pairs)


def start_table(rows):
    kinds = start_kinds(rows)
    result = [[command, f'{rules:,}', f'{median(a for a, _ in pairs):,.0f} us',
               f'{median(b - a for a, b in pairs):+,.0f} us',
               f'{start_added(pairs):+,.0f} us']
              for (command, rules), pairs in kinds.items()]
    return ['', 'rules', 'without', 'added, median', 'added, fastest'], result


SIDES = {'one': 'both sides on one processor', 'any': 'on any processor'}


def price_table(price):
    return ['', 'added', 'of it by any redirection', 'a connection over TCP',
            'added : that', 'so with the library : without'], [
        [SIDES[where]] + [f'{ns / 1e3:.1f} us' for ns in price.times(where)] +
        [with_spread(price.parts(where)), with_spread(price.ratios(where))]
        for where in price.rounds]
