# SPDX-License-Identifier: MIT
"""Plots of the figures, made by gnuplot: SVG files beside the CSV."""
import subprocess

from figures import WAYS


def gnuplot(directory, name, titles, plots):
    """One plot beside the other; each is a text of commands."""
    text = (f"set terminal svg size {620 * len(plots)},400 "
            f"background 'white'\nset output '{name}.svg'\nset grid\n"
            f'set multiplot layout 1,{len(plots)}\n')
    for title, plot in zip(titles, plots):
        text += f"set title '{title}'\n{plot}"
    subprocess.run(['gnuplot'], input=text, text=True, check=True,
                   cwd=directory)


def block(name, lines):
    return f'${name} << END\n' + '\n'.join(lines) + '\nEND\n'


def throughput(traffic, what):
    data = block('d', [' '.join([str(key[1])] + [
        f'{traffic.typical(key, way) / 1e6:.3f}' for way in WAYS])
        for key in traffic.rows(what)])
    lines = ', '.join(f"$d using 1:{i + 2} with linespoints title '{title}'"
                      for i, title in enumerate(WAYS.values()))
    return (data + "set logscale xy\nset format x '%.0f'\nset xlabel 'bytes'\n"
            f"set ylabel 'MB/s'\nset key left top\nplot {lines}\n")


def short_name(key):
    what, size, n = key
    return what if what == 'connect' else f'{what} {size} B x {n}'


def rates(traffic):
    ways = [way for way in WAYS if way != 'raw']
    data = block('d', [' '.join([f'"{short_name(key)}"'] + [
        f'{traffic.ratio(key, way, "raw"):.4f}' for way in ways])
        for key in traffic.rows('connect', 'ask')])
    bars = ', '.join(
        f"$d using {i + 2}:xtic(1) title '{WAYS[way]}'"
        for i, way in enumerate(ways))
    return (data + 'set style data histogram\nset style fill solid 0.6\n'
            'set xtics rotate by -20\n'
            f'set yrange [0:*]\nplot 1 notitle lc "black", {bars}\n')


def buffer_curve(buffer):
    data = block('d', [f'{kib} ' + ' '.join(
        f'{buffer.of_the_best(what, kib):.4f}'
        for what in ('send', 'receive')) for kib in buffer.sizes()])
    return (data + "set logscale x 2\nset xlabel 'KiB'\nset yrange [0:1.1]\n"
            'set key right bottom\n'
            "plot $d using 1:2 with linespoints title 'send', "
            "$d using 1:3 with linespoints title 'receive'\n")


def plot_all(directory, traffic, buffers):
    for what in 'send', 'receive':
        gnuplot(directory, 'throughput-' + what,
                [f'{name}: {what}, by size of a write' for name in traffic],
                [throughput(one, what) for one in traffic.values()])
    gnuplot(directory, 'rates',
            [f'{name}: per second; written for AF_VSOCK is 1'
             for name in traffic], [rates(one) for one in traffic.values()])
    gnuplot(directory, 'buffer',
            [f'{name}: throughput by buffer; the best is 1'
             for name in buffers], [buffer_curve(one)
                                    for one in buffers.values()])
