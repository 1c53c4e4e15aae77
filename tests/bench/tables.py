# SPDX-License-Identifier: MIT
"""The tables of the report: each is a header and rows of text."""
from statistics import median

from figures import WAYS, quartiles, with_spread, worst_place


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
    if key[0] in ('send', 'receive'):
        return f'{rate / 1e6:.1f} MB/s'
    return f'{rate:.0f} /s'


# ---- in test kernels, side by side ----------------------------------------

COLUMNS = {
    'written for AF_VSOCK':
        lambda t, key: rate_text(key, t.typical(key, 'raw')),
    'library : that':
        lambda t, key: with_spread(t.ratios(key, 'library', 'raw')),
    'TCP : that':
        lambda t, key: f'{t.ratio(key, "tcp", "raw"):.2f}',
    'library : a socat':
        lambda t, key: f'{t.ratio(key, "library", "socat"):.1f}',
    'library : two socats':
        lambda t, key: f'{t.ratio(key, "library", "socats"):.1f}',
}


def traffic_table(traffic, kinds):
    """Each column for one kernel after the other."""
    header = [''] + [f'{title}, {kernel}' for title in COLUMNS
                     for kernel in traffic]
    keys = next(iter(traffic.values())).rows(*kinds)
    return header, [[name_of(key)] + [
        text(one, key) for text in COLUMNS.values()
        for one in traffic.values()] for key in keys]


def buffer_table(buffers):
    columns = [(kernel, what) for kernel in buffers
               for what in ('send', 'receive')]
    header = (['buffer'] + [f'{what}, {kernel}, MB/s'
                            for kernel, what in columns] + ['worst place'])
    rows = []
    for kib in next(iter(buffers.values())).sizes():
        rates = [[rate / 1e6 for rate in buffers[kernel].rate[what][kib]]
                 for kernel, what in columns]
        rows.append([bytes_text(kib * 1024)] +
                    [with_spread(rate, 0) for rate in rates] +
                    [f'{worst_place(buffers, kib):.2f}'])
    return header, rows


# ---- counted, or on this machine -------------------------------------------

def instructions_table(rows):
    header = ['call', 'alone', 'added, port in no rule',
              'added, address in no rule', 'added, no rule',
              'added, redirected']
    return header, [[row['call'], f'{float(row["without"]):.0f}',
                     f'+{added(row, "port"):.0f}',
                     f'+{added(row, "address"):.0f}',
                     f'+{added(row, "near"):.0f}',
                     f'+{added(row, "mapped"):.0f}'] for row in rows]


def added(row, what):
    return float(row[what]) - float(row['without'])


def idle_table(rows):
    """For 1,000 connections, from what `n` and one of them take."""
    header = ['', 'KiB of user memory', 'CPU ticks in a second']
    one, result = {}, []
    for row in rows:
        n, kib = int(row['connections']), int(row['kib'])
        if n == 1:
            one[row['way']] = kib
            continue
        each = (kib - one[row['way']]) / (n - 1)
        result.append([WAYS[row['way']], f'{1000 * each:.0f}', row['ticks']])
    return header, result


def start_table(rows):
    header = ['', 'rules', 'without', 'added, median', 'added, fastest']
    kinds = {}
    for row in rows:
        kinds.setdefault((row['command'], row['rules']), []).append(
            (float(row['without_us']), float(row['with_us'])))
    result = []
    for (command, rules), pairs in kinds.items():
        without = median(a for a, _ in pairs)
        more = median(b - a for a, b in pairs)
        best = min(b for _, b in pairs) - min(a for a, _ in pairs)
        result.append([command, rules, f'{without:.0f} us',
                       f'{more:+.0f} us', f'{best:+.0f} us'])
    return header, result


def by_table(rows):
    """(table, rules) -> its rounds."""
    result = {}
    for row in rows:
        result.setdefault((row['table'], int(row['rules'])), []).append(row)
    return result


def lookup_table(rows):
    header = ['table', 'rules', 'load', 'memory', 'random ones',
              'the same one', 'no rule', 'a random read']

    def typical(rounds, column, unit, digits=1):
        value = median(float(row[column]) for row in rounds)
        return f'{value:.{digits}f} {unit}'

    return header, [[table, rules, typical(rounds, 'load_ms', 'ms', 2),
                     typical(rounds, 'kib', 'KiB', 0)] +
                    [typical(rounds, column, 'ns') for column in
                     ('hit_ns', 'one_ns', 'miss_ns', 'read_ns')]
                    for (table, rules), rounds in by_table(rows).items()]


SIDES = {'one': 'both sides on one processor', 'any': 'on any processor'}


def price_table(price):
    header = ['', 'added', 'of it by any redirection',
              'a connection over TCP', 'added : that',
              'so with the library : without']
    return header, [[SIDES[where]] +
                    [f'{ns / 1e3:.1f} us' for ns in price.times(where)] +
                    [with_spread(price.parts(where)),
                     with_spread(price.ratios(where))]
                    for where in price.rounds]


# ---- goals ------------------------------------------------------------------

def verdict(good):
    return 'met' if good else '**missed**'


def judge(values, goal):
    """Where the middle half is on both sides of the goal, nobody knows."""
    low, _, high = quartiles(values)
    if low < goal <= high:
        return 'too noisy to tell'
    return verdict(low >= goal)


def goals_table(traffic):
    header = ['', 'goal']
    for kernel in traffic:
        header += [kernel, '']
    rows = []
    for what, kinds, other, how, goal, least in RATIO_GOALS:
        row = [what, goal]
        for one in traffic.values():
            values = one.over_rows(one.rows(*kinds), other, how)
            row += [with_spread(values), judge(values, least)]
        rows.append(row)
    return header, rows


def counted_table(instructions, start, price, lookup):
    """The goals that no test kernel can blur."""
    call = {row['call']: row for row in instructions}
    rows = []
    count = added(call['connect'], 'port')
    address = added(call['connect'], 'address')
    near = added(call['connect'], 'near')
    rows.append(['instructions added to a connect(), port in no rule',
                 'below 300', f'{count:.0f}', verdict(count < 300)])
    rows.append(['the same, address in no rule', 'below 300', f'{address:.0f}',
                 verdict(address < 300)])
    rows.append(['the same, each in some rule', 'below 400', f'{near:.0f}',
                 verdict(near < 400)])
    count = sum(added(call['write'], k)
                for k in ('port', 'address', 'near', 'mapped'))
    rows.append(['instructions added to a write()', '0', f'{count:.0f}',
                 verdict(count == 0)])
    rounds = by_table(lookup)
    many, one = (median(float(row['one_ns']) for row in rounds['exact', rules])
                 for rules in (100000, 1))
    more = many / one
    rows.append(['lookup of the same address, 100,000 rules : one', '2 or less',
                 f'{more:.2f}', verdict(more <= 2)])
    for row in start[1]:
        if row[1] == '10':
            more = float(row[4].split()[0])
            rows.append([f'start of {row[0]}, 10 rules, fastest',
                         'below +200 us', row[4],
                         verdict(more < 200) if more > 0
                         else 'too noisy to tell'])
    for where in price.rounds:
        ratios = price.ratios(where)
        rows.append([f'connections, by the price of calls, {SIDES[where]}',
                     '0.85 or more', with_spread(ratios),
                     judge(ratios, 0.85)])
    return ['', 'goal', 'measured', ''], rows


# ---- text -------------------------------------------------------------------

def markdown(header, rows, right=1):
    """Columns from `right` on are numbers."""
    lines = ['| ' + ' | '.join(header) + ' |',
             '|' + '|'.join('---' if i < right else '---:'
                            for i in range(len(header))) + '|']
    lines += ['| ' + ' | '.join(str(c) for c in row) + ' |' for row in rows]
    return '\n'.join(lines) + '\n'


def plain(header, rows):
    """The same for a terminal."""
    rows = [header] + [[str(c) for c in row] for row in rows]
    width = [max(len(row[i]) for row in rows) for i in range(len(header))]
    return ''.join('  '.join(c.ljust(w) if i == 0 else c.rjust(w)
                             for i, (c, w) in enumerate(zip(row, width)))
                   .rstrip() + '\n' for row in rows)
