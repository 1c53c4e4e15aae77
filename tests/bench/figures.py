# SPDX-License-Identifier: MIT
"""The CSV files of tests/bench/run and curves, as figures that can be asked for.

A ratio is the median of those within the rounds: what disturbs the machine
disturbs both. The middle half of them tells how much it was disturbed.
"""
import csv
from statistics import median

WAYS = {
    'raw': 'written for AF_VSOCK',
    'library': 'TCP, with the library',
    'tcp': 'TCP, loopback',
    'socat': 'TCP, through a socat',
    'socats': 'TCP, through two socats',
    'haproxy': 'TCP, through haproxy',
}


def read(directory, name):
    """Rows of a CSV file; none, where it was not measured."""
    try:
        with open(directory / (name + '.csv'), encoding='utf-8') as file:
            return list(csv.DictReader(file))
    except FileNotFoundError:
        return []


def quartiles(values):
    values = sorted(values)
    n = len(values)
    return values[n // 4], median(values), values[(3 * n) // 4 - (n % 4 == 0)]


def with_spread(values, digits=2):
    if not values:
        return 'not measured'
    low, middle, high = quartiles(values)
    return f'{middle:.{digits}f} ({low:.{digits}f}-{high:.{digits}f})'


def by_kernel(rows, kind):
    """A `kind` for each kernel, in the order in which they were measured."""
    names = dict.fromkeys(row['kernel'] for row in rows)
    return {name: kind([row for row in rows if row['kernel'] == name])
            for name in names}


class Traffic:
    """traffic.csv: rates by what, size and connections, way, round."""

    def __init__(self, rows):
        self.rate = {}
        for row in rows:
            key = row['what'], int(row['size']), int(row['connections'])
            way = self.rate.setdefault(key, {}).setdefault(row['way'], {})
            way[row['round']] = float(row['per_second'])

    def rows(self, *kinds):
        return [key for key in self.rate if key[0] in kinds]

    def typical(self, key, way):
        rates = self.rate[key].get(way)
        return median(rates.values()) if rates else None

    def ratios(self, key, way, other):
        a, b = (self.rate[key].get(w, {}) for w in (way, other))
        return [a[r] / b[r] for r in a if b.get(r)]

    def over_rows(self, keys, other, how):
        """For each round what `how` makes of the ratios of all these rows."""
        return [how(ratios) for ratios in
                zip(*(self.ratios(key, 'library', other) for key in keys))]


class Price:
    """price.csv: what is added to a connection, by where both sides are."""

    def __init__(self, rows):
        self.rounds = {}
        for row in rows:
            self.rounds.setdefault(row['processors'], []).append(
                tuple(float(row[name]) for name in
                      ('added_ns', 'least_ns', 'connection_ns')))

    def times(self, where):
        """In nanoseconds: added, the least of that, a connection."""
        return [median(times) for times in zip(*self.rounds[where])]

    def parts(self, where):
        return [a / c for a, _, c in self.rounds[where]]

    def ratios(self, where):
        """Of the rates, were the connection one over AF_VSOCK."""
        return [1 / (1 + part) for part in self.parts(where)]
