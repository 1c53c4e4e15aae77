# SPDX-License-Identifier: MIT
"""The goals of the page, each met or missed, and the five lines at its top."""
from statistics import median

import tables
from figures import quartiles, with_spread

DATA, ANSWERS, CONNECTIONS = ('send', 'receive'), ('ask',), ('connect',)

# What is compared, with whom, how over the rows, the least that is wanted, and
# whether no difference that can be seen is enough.
RATIOS = [
    ('throughput : written for AF_VSOCK', DATA, 'raw', median, 1, True),
    ('throughput : two socats', DATA, 'socats', median, 2, False),
    ('throughput : haproxy', DATA, 'haproxy', median, 1, False),
    ('answers : written for AF_VSOCK', ANSWERS, 'raw', median, 1, True),
    ('answers : two socats, least', ANSWERS, 'socats', min, 2, False),
    ('answers : haproxy, least', ANSWERS, 'haproxy', min, 1, False),
    ('connections : written for AF_VSOCK', CONNECTIONS, 'raw', median, 0.85,
     False),
    ('connections : two socats', CONNECTIONS, 'socats', median, 5, False),
    ('connections : haproxy', CONNECTIONS, 'haproxy', median, 1, False),
]

# Why a goal is missed, where that is known: the beginning of its name.
REASONS = {
    'connections : written for AF_VSOCK':
        'system calls, which cost much more in these kernels than outside: '
        'see "What a connection costs"',
    'calls of connect':
        'each that is left keeps a promise: see "System calls"',
    'calls of bind':
        'as those of connect(), without the last four',
    'start of':
        'any library takes a part of it: see "Start of a program"',
}


def verdict(good):
    return 'met' if good else '**missed**'


def judge(values, goal, equal=False):
    """Where the middle half is on both sides of the goal, nobody knows."""
    if not values:
        return 'not measured'
    low, _, high = quartiles(values)
    if low < goal <= high:
        return 'met: no difference seen' if equal else 'too noisy to tell'
    return verdict(low >= goal)


def rows_of(one, kinds):
    return [key for key in one.rate if key[0] in kinds]


def ratio_goals(traffic):
    for name, kinds, other, how, least, equal in RATIOS:
        for kernel, one in traffic.items():
            values = one.over_rows(rows_of(one, kinds), other, how)
            yield (f'{name}, {kernel}', str(least) if equal
                   else f'{least} or more', with_spread(values),
                   judge(values, least, equal))


def added_calls(syscalls):
    """Section -> calls that a redirection adds, of tests/syscalls/expected."""
    return {line[:38].strip(): int(line[38:].split()[1])
            for line in syscalls.splitlines()}


CALLS = [
    ('connect, blocking', 10), ('connect, non-blocking', 8), ('bind', 6),
    ('accept', 2),
]
MORE = [
    ('connect, blocking, a copy', 'connect, blocking'),
    ('connect, blocking, received', 'connect, blocking'),
    ('bind, a copy', 'bind'), ('bind, received', 'bind'),
]


def call_goals(syscalls):
    added = added_calls(syscalls)
    for name, most in CALLS:
        yield (f'calls of {name}, added', f'{most} or less', f'+{added[name]}',
               verdict(added[name] <= most))
    for name, known in MORE:
        more = added[name] - added[known]
        yield (f'the same of {name}, more than of one that is known',
               '15 or less', f'+{more}', verdict(more <= 15))
    data = sum(n for name, n in added.items() if name.startswith('data'))
    yield 'calls of data, added', '0', f'{data}', verdict(not data)


def instruction_goals(rows):
    call = {row[0]: [int(n) for n in row[1:]] for row in rows}
    for what, column, most in (('port in no rule', 1, 300),
                               ('address in no rule', 2, 300),
                               ('each in some rule', 3, 400)):
        more = call['connect'][column] - call['connect'][0]
        yield (f'instructions added to a connect(), {what}', f'below {most}',
               f'+{more}', verdict(more < most))
    more = sum(n - call['write'][0] for n in call['write'][1:])
    yield 'instructions added to a write()', '0', f'{more}', verdict(not more)


def start_goals(kinds):
    for (command, rules), pairs in kinds.items():
        more = tables.start_added(pairs)
        if rules == 10 and command in ('true', 'python3'):
            yield (f'start of {command}, 10 rules, fastest', '80 us or less',
                   f'{more:+.0f} us', verdict(more <= 80))


def price_goals(price):
    for where in price.rounds:
        values = price.ratios(where)
        yield (f'connections, by the price of calls, {tables.SIDES[where]}',
               '0.85 or more', with_spread(values), judge(values, 0.85))


def idle_goals(idle):
    if 'library' in idle:
        kib = idle['library'][0]
        yield ('user memory of an idle connection', '0.1 KiB or less',
               f'{kib:.3f} KiB', verdict(kib <= 0.1))


def with_reason(rows):
    for name, goal, measured, said in rows:
        why = [text for start, text in REASONS.items()
               if name.startswith(start)]
        yield [name, goal, measured,
               f'{said}: {why[0]}' if 'missed' in said and why else said]


def table(rows):
    return ['', 'goal', 'measured', ''], list(with_reason(rows))


# ---- the five lines ----------------------------------------------------------

def ratios_text(traffic, kinds, other):
    said = [with_spread(one.over_rows(rows_of(one, kinds), other, median), 2)
            for one in traffic.values()]
    return '; '.join(said) or 'not measured'


def top(traffic, kinds, idle):
    """Rate by rate: the library's by another's, kernel by kernel."""
    rows = [[name] + [ratios_text(traffic, what, other)
                      for other in ('raw', 'socats', 'haproxy')]
            for name, what in (('throughput', DATA), ('answers', ANSWERS),
                               ('connections', CONNECTIONS))]
    pairs = kinds.get(('true', 10))
    rows.append(['start of a program',
                 f'{tables.start_added(pairs):+.0f} us' if pairs
                 else 'not measured', '', ''])
    kib = {way: f'{each:,.2f} KiB' for way, (each, _) in idle.items()}
    rows.append(['user memory of a connection'] + [
        kib.get('library', 'not measured') +
        (f', not {kib[other]}' if other in kib else '')
        for other in ('raw', 'socats', 'haproxy')])
    return ['the library', 'to a program written for AF_VSOCK',
            'to two socats, TCP on both ends', 'to haproxy as a bridge'], rows
