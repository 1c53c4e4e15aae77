#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Reads what curves.sh writes, from standard input, and prints it as a table:
nanoseconds, the library's ratio to TCP and to a program written for AF_VSOCK
(median of the turns, least and most of them), and how much the ratio to TCP has
grown from the left end of the curve. The goal is 1.2 or less everywhere."""
import sys
from statistics import median

NAMES = {
    'open': 'open connections', 'sets': 'epoll sets',
    'numbers': 'open descriptors', 'threads': 'threads that connect at once',
    'children': 'children by fork()', 'rules': 'rules', 'names': 'names',
    'clients': 'clients at once, by fork()',
}


def ratio(point, to):
    turns = sorted(a / b for a, b in zip(point['library'], point[to]))
    return median(turns), f'{median(turns):.2f} ({turns[0]:.2f}-{turns[-1]:.2f})'


def main():
    curves, memory = {}, {}
    for line in sys.stdin:
        what, n, _, way, ns, kib = line.strip().split(',')
        point = curves.setdefault(what, {}).setdefault(int(n), {})
        point.setdefault(way, []).append(int(ns))
        memory[what, int(n), way] = int(kib)
    print('|  | N | TCP, us | library : TCP | library : AF_VSOCK '
          '| to the left end | library takes, TCP takes |')
    print('|---|---:|---:|---:|---:|---:|---:|')
    for what, points in curves.items():
        left = None
        for n, point in points.items():
            if len(point) < 3:
                print(f'| {NAMES[what]} | {n:,} | failed: '
                      f'{set(("tcp", "library", "raw")) - set(point)} |||||')
                continue
            value, to_tcp = ratio(point, 'tcp')
            left = left or value
            print(f'| {NAMES[what]} | {n:,} | {median(point["tcp"]) / 1e3:.0f} '
                  f'| {to_tcp} | {ratio(point, "raw")[1]} | {value / left:.2f} '
                  f'| {memory[what, n, "library"]:,}, '
                  f'{memory[what, n, "tcp"]:,} KiB |')


main()
