#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares picket's evaluation with an independent one, figure by figure.

    evaluate_compare.py tracks DIR SEED OUT.jsonl     tracks made up from DIR/truth.jsonl
    evaluate_compare.py compare DIR TRACKS SCORES     SCORES: what picket evaluate --json wrote

DIR is a scenario of the benchmark generator; its folder of scorers is found through PICKET_BENCH.
"""

import json
import os
import random
import sys

# Relative: both sum the same numbers, in another order.
TOLERANCE = 1e-9
FIGURES = (
    "epochs gospa_mean gospa_rms loc_rms missed_rms false_rms n_missed n_false n_truth ospa_mean "
    "ospa2_mean rmse_matched switches frags completeness"
).split()


def make_up(folder, seed, out):
    """Truth with errors, gaps, late starts, swapped names and false tracks."""
    rng = random.Random(seed)
    names, next_name = {}, 1000
    with open(out, "w") as f:
        for line in open(folder + "/truth.jsonl"):
            truth = json.loads(line)
            tracks = []
            for target in truth["targets"]:
                key = target["id"]
                if key not in names:
                    names[key] = int(key)
                if rng.random() < 0.02:
                    names[key], next_name = next_name, next_name + 1
                if rng.random() < 0.1:
                    continue
                error = 90.0 if rng.random() < 0.1 else 15.0
                enu = [x + rng.gauss(0, error) for x in target["enu_m"]]
                velocity = target["vel_enu_mps"]
                tracks.append({"id": names[key], "enu_m": enu, "vel_enu_mps": velocity})
            for k in range(rng.randrange(4)):
                enu = [rng.uniform(-20e3, 20e3), rng.uniform(-20e3, 20e3), 100.0]
                tracks.append({"id": 1 + k + 500000, "enu_m": enu})
            if len(tracks) > 1 and rng.random() < 0.1:
                tracks[0]["id"], tracks[1]["id"] = tracks[1]["id"], tracks[0]["id"]
            f.write(json.dumps({"time": truth["time"], "tracks": tracks}) + "\n")


def trajectory_gospa(truth, estimates, c, gamma):
    """The LP metric as Garcia-Fernandez, Rahmathullah, Svensson (2020) state it:
    one program over all targets, tracks and instants, with the dummies' rows, p = 2."""
    import numpy
    import scipy.optimize
    import scipy.sparse

    times = sorted(truth)
    xs = sorted({i for t in times for i in truth[t]})
    ys = sorted({j for t in times for j in estimates[t]})
    n, m, count = len(xs), len(ys), len(times)
    near = {
        (a, b)
        for t in times
        for a, i in enumerate(xs)
        for b, j in enumerate(ys)
        if i in truth[t] and j in estimates[t]
        and numpy.linalg.norm(truth[t][i] - estimates[t][j]) < c
    }
    pairs = sorted(near)
    # Columns: for each instant the pairs, then each target's and each track's dummy, then changes.
    width = len(pairs) + n + m
    columns = count * width + (count - 1) * len(pairs)
    cost = numpy.zeros(columns)
    rows, cols, vals, rhs = [], [], [], []
    row = 0
    for k, t in enumerate(times):
        at = k * width
        for p, (a, b) in enumerate(pairs):
            here, there = xs[a] in truth[t], ys[b] in estimates[t]
            if here and there:
                d = numpy.linalg.norm(truth[t][xs[a]] - estimates[t][ys[b]])
                cost[at + p] = min(d, c) ** 2
            elif here or there:
                cost[at + p] = c * c / 2
        for a in range(n):
            cost[at + len(pairs) + a] = c * c / 2 if xs[a] in truth[t] else 0
            use = [at + p for p, pair in enumerate(pairs) if pair[0] == a]
            use.append(at + len(pairs) + a)
            rows += [row] * len(use)
            cols += use
            row += 1
        for b in range(m):
            cost[at + len(pairs) + n + b] = c * c / 2 if ys[b] in estimates[t] else 0
            use = [at + p for p, pair in enumerate(pairs) if pair[1] == b]
            use.append(at + len(pairs) + n + b)
            rows += [row] * len(use)
            cols += use
            row += 1
    vals = [1.0] * len(rows)
    equal = scipy.sparse.csr_matrix((vals, (rows, cols)), shape=(row, columns))
    rows, cols, vals, row = [], [], [], 0
    for k in range(count - 1):
        for p in range(len(pairs)):
            change = count * width + k * len(pairs) + p
            cost[change] = gamma**2 / 2
            for sign in (1.0, -1.0):
                rows += [row] * 3
                cols += [(k + 1) * width + p, k * width + p, change]
                vals += [sign, -sign, -1.0]
                row += 1
    change = scipy.sparse.csr_matrix((vals, (rows, cols)), shape=(row, columns))
    found = scipy.optimize.linprog(
        cost, A_ub=change, b_ub=numpy.zeros(row), A_eq=equal, b_eq=numpy.ones(equal.shape[0]),
        method="highs")
    assert found.status == 0, found.message
    return {"metric_m": (found.fun / count) ** 0.5}


def compare(folder, tracks, scores):
    sys.path.insert(0, os.environ["PICKET_BENCH"] + "/tracking")
    import metrics
    import numpy

    ours = json.load(open(scores))
    truth = metrics.load_truth(folder)
    estimates = {}
    for line, t in zip(open(tracks), sorted(truth)):
        rows = json.loads(line)["tracks"]
        estimates[t] = {str(k["id"]): numpy.array(k["enu_m"][:2], float) for k in rows}
    theirs = metrics.evaluate(truth, estimates, ours["c_m"])
    c = ours["c_m"]
    gamma = ours["trajectory_gospa"]["switch_cost_m"]
    bad = 0
    parts = trajectory_gospa(truth, estimates, c, gamma)
    for name in parts:
        # What solvers call optimal differs in more digits than sums do.
        mine = ours["trajectory_gospa"][name]
        far = abs(mine - parts[name]) > 1e-6 * max(1.0, parts[name])
        print(f"{'DIFFERS' if far else 'agrees '} {name} {mine!r} {parts[name]!r}")
        bad += far
    for name in FIGURES:
        far = abs(ours[name] - theirs[name]) > TOLERANCE * max(1.0, abs(theirs[name]))
        print(f"{'DIFFERS' if far else 'agrees '} {name:<14} {ours[name]!r} {theirs[name]!r}")
        bad += far
    return 1 if bad else 0


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    if sys.argv[1] == "tracks":
        make_up(sys.argv[2], int(sys.argv[3]), sys.argv[4])
    else:
        sys.exit(compare(*sys.argv[2:]))
