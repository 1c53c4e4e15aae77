# SPDX-License-Identifier: MIT
"""The supervisor's part of the report: door.sh and filter.sh."""
from statistics import median

from figures import with_spread
from tables import name_of

COLUMNS = {
    'library : written for AF_VSOCK': ('library', 'raw'),
    'supervised : written for AF_VSOCK': ('door', 'raw'),
    'supervised : a socat': ('door', 'socat'),
    'Go, supervised : Go on AF_VSOCK': ('go-door', 'go-raw'),
}


def rates_table(traffic):
    """Each column for one kernel after the other."""
    one = next(iter(traffic.values()))
    columns = [(title, pair, kernel) for title, pair in COLUMNS.items()
               for kernel in traffic if pair[0] in next(iter(one.rate.values()))]
    return ([''] + [f'{title}, {kernel}' for title, _, kernel in columns],
            [[name_of(key)] +
             [with_spread(traffic[kernel].ratios(key, *pair))
              for _, pair, kernel in columns] for key in one.rate])


def filter_table(rows):
    times = {}
    for row in rows:
        times.setdefault(row['call'], []).append(
            (float(row['without_ns']), float(row['with_ns'])))
    return (['call', 'without', 'added'],
            [[call, f'{median(a for a, _ in pairs):.0f} ns',
              f'{median(b - a for a, b in pairs):+.0f} ns']
             for call, pairs in times.items()])
