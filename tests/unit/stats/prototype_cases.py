#!/usr/bin/env python3
"""Writes prototype_cases.inc: what the Python prototype (shapes.py, numpy) says of seeded random series.
usage: prototype_cases.py PATH/TO/shapes.py > prototype_cases.inc
The series come from series_make() here and in series.h; both must stay the same to the bit: integers, + and * only."""
import json, math, os, sys, tempfile
import importlib.util
import numpy as np

N, BASE, CASES = 140, 120, 400
MASK = (1 << 64) - 1


class Random:
    def __init__(self, seed):
        self.state = (seed * 0x9E3779B97F4A7C15 + 1) & MASK
        for _ in range(4):
            self.next()

    def next(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) & MASK
        return (self.state >> 11) * 2.0 ** -53

    def below(self, n):
        return int(self.next() * n)


def series_make(seed):
    r = Random(seed)
    kind = seed % 8
    level = 1 + 1000 * r.next()
    noise = level * 0.4 * r.next()
    turn = N - 4 - r.below(30)
    size = 2.5 * r.next()
    gaps = 0.5 * r.next() if seed % 3 == 0 else 0.0
    walk = level
    v = np.empty(N)
    for i in range(N):
        u = r.next() - 0.5
        x = level + noise * u
        if kind == 1 and i >= turn:
            x = x * (size * 0.5)
        elif kind == 2 and i >= turn:
            x = x * (1 + size)
        elif kind == 3 and i >= turn:
            x = x + level * size * 0.05 * (i - turn)
        elif kind == 4:
            walk = walk + noise * u
            x = walk
        elif kind == 5:
            x = 0.0 if u < 0.3 else float(int(5 * (u + 0.5)))
        elif kind == 6:
            x = x * 4 if u > 0.3 else x * 0.1
        elif kind == 7:
            x = float(int(4 + 4 * u)) + (float(int(4 * size)) if i >= turn else 0.0)
        v[i] = np.nan if r.next() < gaps else x
    return v


def load(path):
    with tempfile.NamedTemporaryFile('w', suffix='.json', delete=False) as f:
        json.dump({'t0': 0, 'step': 15, 'n': N, 'data': {}}, f)
    argv, sys.argv = sys.argv, [path, f.name]
    spec = importlib.util.spec_from_file_location('shapes', path)
    shapes = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(shapes)
    sys.argv = argv
    os.unlink(f.name)
    return shapes


def number(x):
    return 'NAN' if x is None or math.isnan(x) else repr(float(x))


def truth(x):
    return 2 if x is None else int(x)


def main():
    p = load(sys.argv[1])
    print('/* Written by prototype_cases.py; do not edit.\n'
          '   seed, window, by: recent, baseline, noise (NAN: unknown); cv; truths of falling, surging, rising (2: unknown) */')
    for seed in range(1, CASES + 1):
        a, i = series_make(seed), N - 1
        w = (4, 8, 12, 20, 40)[seed % 5]
        by = (.2, .3, .5)[seed % 3]
        c = p.change(a, i, w, BASE if w <= 20 else N - w) or (None,) * 3
        base = BASE if w <= 20 else N - w
        t = [p.falling(a, i, w, base, by), p.risen(a, i, w, base, by), p.rising(a, i, w, 0, by)]
        print('{%d, %d, %s, %s, %s, %s, %s, {%d, %d, %d}},' % (
            seed, w, by, *map(number, c), number(p.cv(a, i, w)), *map(truth, t)))


main()
