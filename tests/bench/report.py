#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What the figures of tests/bench/run mean.

	report.py DIRECTORY SYSTEM_CALLS

Reads the CSV files there and the counts of tests/syscalls/expected; prints a
table, and writes performance.md and plots (by gnuplot) beside the CSV.

A ratio is that of the best rounds: whatever else the machine does can only make
one slower. In brackets, the middle half of the ratios within each round, which
tells how much it was disturbed.
"""
import csv
import subprocess
import sys
from pathlib import Path
from statistics import median

WAYS = {
    'raw': 'written for AF_VSOCK',
    'library': 'TCP, with the library',
    'tcp': 'TCP, loopback',
    'socat': 'TCP, through a socat',
    'socats': 'TCP, through two socats',
}


def read(directory, name):
    with open(directory / (name + '.csv'), encoding='utf-8') as file:
        return list(csv.DictReader(file))


def quartiles(values):
    values = sorted(values)
    n = len(values)
    return values[n // 4], median(values), values[(3 * n) // 4 - (n % 4 == 0)]


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

    def best(self, key, way):
        return max(self.rate[key][way].values())

    def ratios(self, key, way, other):
        a, b = self.rate[key][way], self.rate[key][other]
        return [a[r] / b[r] for r in a if r in b and b[r]]

    def ratio(self, key, way, other):
        return self.best(key, way) / self.best(key, other)

    def is_noisy(self, key, other):
        low, _, high = quartiles(self.ratios(key, 'library', other))
        return high > 1.25 * low

    def ratio_text(self, key, way, other):
        low, _, high = quartiles(self.ratios(key, way, other))
        return f'{self.ratio(key, way, other):.2f} ({low:.2f}-{high:.2f})'


def bytes_text(size):
    for unit, word in ((1 << 20, 'MiB'), (1 << 10, 'KiB')):
        if size >= unit:
            return f'{size // unit} {word}'
    return f'{size} B'


def short_name(key):
    what, size, n = key
    return what if what == 'connect' else f'{bytes_text(size)} x {n}'


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


def table(header, rows, right=1):
    """Of Markdown; columns from `right` on are numbers."""
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


def traffic_table(traffic, kinds):
    header = ['', 'written for AF_VSOCK', 'library : that', 'TCP : that',
              'library : a socat', 'library : two socats']
    rows = [[name_of(key), rate_text(key, traffic.best(key, 'raw')),
             traffic.ratio_text(key, 'library', 'raw'),
             traffic.ratio_text(key, 'tcp', 'raw'),
             f'{traffic.ratio(key, "library", "socat"):.1f}',
             f'{traffic.ratio(key, "library", "socats"):.1f}']
            for key in traffic.rows(*kinds)]
    return header, rows


def instructions_table(rows):
    header = ['call', 'alone', 'added, beyond all rules', 'added, no rule',
              'added, redirected']
    return header, [[row['call'], f'{float(row["without"]):.0f}',
                     f'+{added(row, "unmapped"):.0f}',
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


def lookup_table(rows):
    header = ['table', 'rules', 'load', 'memory', 'random ones', 'the same one',
              'no rule']
    return header, [[row['table'], row['rules'], row['load_ms'] + ' ms',
                     row['kib'] + ' KiB', row['hit_ns'] + ' ns',
                     row['one_ns'] + ' ns', row['miss_ns'] + ' ns']
                    for row in rows]


class Buffer:
    """buffer.csv: throughput by direction and size."""

    def __init__(self, rows):
        self.rate = {}
        for row in rows:
            size = self.rate.setdefault(row['what'], {})
            size.setdefault(int(row['kib']), {})[row['round']] = float(
                row['bytes_per_second'])

    def best(self, what, kib=256):
        return max(self.rate[what][kib].values())

    def ratios(self, what, kib):
        rate, other = self.rate[what][kib], self.rate[what][256]
        return [rate[r] / other[r] for r in rate]

    def table(self):
        header = ['buffer', 'send', 'receive', 'send : 256 KiB',
                  'receive : 256 KiB']
        rows = []
        for kib in self.rate['send']:
            row = [bytes_text(kib * 1024)]
            for what in ('send', 'receive'):
                row.append(f'{self.best(what, kib) / 1e6:.0f} MB/s')
            for what in ('send', 'receive'):
                low, _, high = quartiles(self.ratios(what, kib))
                row.append(f'{self.best(what, kib) / self.best(what):.2f} '
                           f'({low:.2f}-{high:.2f})')
            rows.append(row)
        return header, rows


def spread(ratios):
    return (f'{min(ratios):.2f} to {max(ratios):.2f}, '
            f'median {median(ratios):.2f}')


def verdict(good):
    return 'met' if good else '**missed**'


def goals(traffic, instructions, start):
    """One row for each goal: what, goal, measured, whether it is met."""
    bulk = traffic.rows('send', 'receive')
    talk = traffic.rows('ask')
    call = {row['call']: row for row in instructions}
    rows = []

    def ratio_goal(what, keys, other, goal, good):
        ratios = [traffic.ratio(k, 'library', other) for k in keys]
        says = verdict(good(ratios))
        # A goal of a few per cent can't be judged in such noise.
        if other == 'raw' and any(traffic.is_noisy(k, other) for k in keys):
            says = 'too noisy to tell'
        rows.append([what, goal, spread(ratios) if len(ratios) > 1
                     else f'{ratios[0]:.2f}', says])

    ratio_goal('throughput : written for AF_VSOCK', bulk, 'raw', '1.00',
               lambda r: 0.95 <= median(r))
    ratio_goal('throughput : a socat', bulk, 'socat', '2 or more',
               lambda r: median(r) >= 2)
    ratio_goal('throughput : two socats', bulk, 'socats', '2 or more',
               lambda r: median(r) >= 2)
    ratio_goal('answers : written for AF_VSOCK', talk, 'raw', '1.00',
               lambda r: 0.95 <= median(r))
    ratio_goal('answers : a socat', talk, 'socat', '2 or more',
               lambda r: min(r) >= 2)
    ratio_goal('answers : two socats', talk, 'socats', '2 or more',
               lambda r: min(r) >= 2)
    connect = traffic.rows('connect')
    ratio_goal('connections : written for AF_VSOCK', connect, 'raw',
               '0.85 or more', lambda r: r[0] >= 0.85)
    ratio_goal("connections : socat's fork", connect, 'socat', '5 or more',
               lambda r: r[0] >= 5)
    count = added(call['connect'], 'unmapped')
    near = added(call['connect'], 'near')
    rows.append(['instructions added to a connect(), port beyond all rules',
                 'below 300', f'{count:.0f}', verdict(count < 300)])
    rows.append(['the same, no rule', 'below 300', f'{near:.0f}',
                 verdict(near < 300)])
    count = sum(added(call['write'], k) for k in ('unmapped', 'near', 'mapped'))
    rows.append(['instructions added to a write()', '0', f'{count:.0f}',
                 verdict(count == 0)])
    for row in start[1]:
        if row[1] == '10':
            more = float(row[4].split()[0])
            rows.append([f'start of {row[0]}, 10 rules, fastest',
                         'below +200 us', row[4],
                         verdict(more < 200) if more > 0
                         else 'too noisy to tell'])
    return ['', 'goal', 'measured', ''], rows


# ---- plots ---------------------------------------------------------------

def gnuplot(directory, name, commands):
    head = (f"set terminal svg size 760,420 background 'white'\n"
            f"set output '{name}.svg'\nset grid\n")
    subprocess.run(['gnuplot'], input=head + commands, text=True, check=True,
                   cwd=directory)


def block(name, lines):
    return f'${name} << END\n' + '\n'.join(lines) + '\nEND\n'


def plot_throughput(directory, traffic, what):
    sizes = [key for key in traffic.rows(what)]
    data = block('d', [' '.join([str(key[1])] + [
        f'{traffic.best(key, way) / 1e6:.3f}' for way in WAYS])
        for key in sizes])
    lines = ', '.join(f"$d using 1:{i + 2} with linespoints title '{title}'"
                      for i, title in enumerate(WAYS.values()))
    gnuplot(directory, 'throughput-' + what,
            data + f"set title '{what}: throughput by size of a write'\n"
            "set logscale xy\nset format x '%.0f'\nset xlabel 'bytes'\n"
            f"set ylabel 'MB/s'\nset key left top\nplot {lines}\n")


def plot_rates(directory, traffic):
    keys = traffic.rows('connect', 'ask')
    ways = [way for way in WAYS if way != 'raw']
    data = block('d', [' '.join([f'"{short_name(key)}"'] + [
        f'{traffic.ratio(key, way, "raw"):.4f}' for way in ways])
        for key in keys])
    bars = ', '.join(
        f"$d using {i + 2}:xtic(1) title '{WAYS[way]}'"
        for i, way in enumerate(ways))
    gnuplot(directory, 'rates', data +
            "set title 'per second; a program written for AF_VSOCK is 1'\n"
            'set style data histogram\nset style fill solid 0.6\n'
            f'set yrange [0:*]\nplot 1 notitle lc "black", {bars}\n')


def plot_buffer(directory, buffer):
    data = block('d', [f'{kib} ' + ' '.join(
        f'{buffer.best(what, kib) / buffer.best(what):.4f}'
        for what in ('send', 'receive')) for kib in buffer.rate['send']])
    gnuplot(directory, 'buffer', data +
            "set title 'throughput by buffer; 256 KiB is 1'\n"
            "set logscale x 2\nset xlabel 'KiB'\nset yrange [0:*]\n"
            "plot $d using 1:2 with linespoints title 'send', "
            "$d using 1:3 with linespoints title 'receive'\n")


# ---- the page ------------------------------------------------------------

PAGE = '''# Performance

Generated by `make bench-update` (tests/bench/run): not written by hand. `make
bench` measures again and leaves its own copy in bench/ of the build tree. The
CSV files and plots are in [performance/](performance/).

{machine}
**How to read it.** Everything that connects over AF_VSOCK runs in the test
kernel (tests/rig/README.md), which has one CPU and where a system call costs
some fifty times what it costs outside: absolute rates mean nothing elsewhere,
and what makes more system calls looks worse than it is. Each row was measured
in {rounds} rounds of {lasting} s for each way, the ways taking turns within a
round. A rate is that of the best round, and a ratio that of two such rates:
whatever else the machine did can only have made a round slower. In brackets is
the middle half of the ratios within the rounds, which shows how much noise there
was: where it is wide, a ratio of a few per cent says nothing. Counts are exact.
{busy}
## Goals

{goals}
{connections}
## Throughput

The same program (tests/bench/traffic.c), over AF_VSOCK as one writes it by
hand; over TCP, redirected on both sides; over TCP. socat runs as people run it,
with its own buffer of 8 KiB: `TCP-LISTEN,fork` to `VSOCK-CONNECT` on the
client's side, and for the last column `VSOCK-LISTEN,fork` to `TCP` on the
server's.

{throughput}
![send](performance/throughput-send.svg)
![receive](performance/throughput-receive.svg)

## Questions and answers, connections

{rates}
![rates](performance/rates.svg)

## A thousand idle connections

What the processes of both sides take in user space (Pss), relays included; the
kernel's own memory is not in it. Measured with {idle} connections, and {relayed}
through socat, which has a process for each; less what one connection takes.

{idle_table}
## Instructions

User space, counted by callgrind: what the call takes in the program alone, and
what the library adds where the port is beyond those of all rules; where one
rule names the host and another the port, but none both; and where the address
is redirected. Rules with several lengths of a prefix are looked up one length
after the other, and add to the second of these.

{instructions}
## System calls

Counted by strace; `make check` fails when one changes (tests/syscalls/run.sh).
First what the call makes on TCP, then what a redirection adds. An address that
no rule names: nothing is added.

```
{syscalls}```

## Start of a program

On this machine, not in the test kernel: pairs of starts without and with the
library. The last column is the fastest with it less the fastest without.

{start}
## Lookups

{lookup}
## The buffer

What `buffer=` of a rule does, with pieces of 64 KiB. The kernel's own default
is 256 KiB, the library's 1 MiB.

{buffer}
![buffer](performance/buffer.svg)
'''


BUSY = '''
**The machine was busy with other work** when this was measured: its load average
was {load} with {processors} processors. Rates and times say little here, those
of the buffer nothing; the counts are not touched by it.
'''


def connections_note(syscalls):
    """Why connections cost what they do, from the counts."""
    count = {line[:38].strip(): int(line[38:].split()[1])
             for line in syscalls.splitlines()}
    ours = count['connect, blocking'] + count['accept without an address']
    return (f'A connection that is made, used for a byte and closed takes a '
            f'program written for\nAF_VSOCK 8 system calls on both sides '
            f'together, and {8 + ours} with the library: 8 : {8 + ours} is '
            f'{8 / (8 + ours):.2f}.\nWere system calls all that it costs, that '
            f'would be the ratio. Any\nredirection adds a '
            f'socket(), a dup3() and a close() at least: 8 : 11 is 0.73.\n')


def page(directory, syscalls, parts):
    machine = {row[0]: ','.join(row[1:]) for row in csv.reader(
        open(directory / 'machine.csv', encoding='utf-8'))}
    names = 'date', 'machine', 'kernel', 'test kernel', 'busy'
    about = table(['', ''], [[name if name != 'busy' else 'load average',
                              machine[name]] for name in names], 2)
    text = {name: table(*part) for name, part in parts.items()}
    idle = read(directory, 'idle')
    load = float(machine['busy'])
    processors = int(machine['machine'].split(';')[-1].split()[0])
    (directory / 'performance.md').write_text(PAGE.format(
        busy=BUSY.format(load=load, processors=processors)
        if load > processors else '',
        machine=about, rounds=machine['rounds'], lasting=machine['lasting'],
        idle=idle[1]['connections'], relayed=idle[-1]['connections'],
        syscalls=syscalls, connections=connections_note(syscalls), **text),
        encoding='utf-8')


def main(directory, syscalls):
    traffic = Traffic(read(directory, 'traffic'))
    buffer = Buffer(read(directory, 'buffer'))
    instructions = read(directory, 'instructions')
    start = start_table(read(directory, 'start'))
    parts = {
        'goals': goals(traffic, instructions, start),
        'throughput': traffic_table(traffic, ('send', 'receive')),
        'rates': traffic_table(traffic, ('ask', 'connect')),
        'idle_table': idle_table(read(directory, 'idle')),
        'instructions': instructions_table(instructions),
        'start': start,
        'lookup': lookup_table(read(directory, 'lookup')),
        'buffer': buffer.table(),
    }
    for part in parts.values():
        print(plain(*part))
    plot_throughput(directory, traffic, 'send')
    plot_throughput(directory, traffic, 'receive')
    plot_rates(directory, traffic)
    plot_buffer(directory, buffer)
    page(directory, syscalls, parts)


if __name__ == '__main__':
    main(Path(sys.argv[1]), Path(sys.argv[2]).read_text(encoding='utf-8'))
