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
    bad = 0
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
