#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sound_bound.py DIR: how well the drones of a scenario C can be placed at all, as a bound.

DIR is a scenario of the benchmark tools (generate.py C, with or without --sound-delay). Which
bearing is whose is taken from its labels, the motion is that which the scenario was drawn from, and
each place is the last one of the most probable path given all bearings so far (Gauss-Newton over
40 s). What a tracker that must find out whose bearings they are cannot do better than.
"""

import csv
import json
import math
import pathlib
import sys

import numpy as np
import scipy.sparse
import scipy.sparse.linalg

SOUND_MPS = 343.0
STEP_S = 0.5
WINDOW_S = 40.0
NOISE = 0.5  # m^2/s^3, of scenario C
HEIGHT_M = 95.0  # between 40 and 150, and not seen
SETTLED_S = 10.0
FAR_M = 100.0  # the scenario's c


def rows(path):
    with open(path, newline="") as lines:
        return list(csv.DictReader(lines))


class System:
    """Weighted residuals, linear in the path's knots: x, y, vx, vy of each."""

    def __init__(self):
        self.row, self.column, self.value, self.residual = [], [], [], []

    def add(self, columns, values, residual):
        self.row += [len(self.residual)] * len(columns)
        self.column += columns
        self.value += values
        self.residual.append(residual)

    def solve(self, size):
        a = scipy.sparse.csr_matrix(
            (self.value, (self.row, self.column)), shape=(len(self.residual), size))
        normal = (a.T @ a + 1e-9 * scipy.sparse.eye(size)).tocsc()
        return scipy.sparse.linalg.spsolve(normal, -a.T @ np.array(self.residual))


def heard(path, begin, time, sensor, sound):
    """The knot before the place that a bearing of this time points at, and how far beyond it."""
    delay = 0.0
    for _ in range(6 if sound else 1):
        at = (time - delay - begin) / STEP_S
        if at < 0.0:
            return None
        knot = min(int(at), len(path) - 2)
        share = at - knot
        p = path[knot, :2] * (1.0 - share) + path[knot + 1, :2] * share
        d = p - (sensor["x"], sensor["y"])
        delay = math.sqrt(d @ d + HEIGHT_M**2) / SOUND_MPS
    return knot, share, d


def last_place(path, begin, bearings, sound):
    weights = np.linalg.cholesky(np.linalg.inv(NOISE * np.array(
        [[STEP_S**3 / 3, STEP_S**2 / 2], [STEP_S**2 / 2, STEP_S]]))).T  # fmt: skip
    for _ in range(6):
        system = System()
        for k in range(len(path) - 1):
            for axis in range(2):
                jump = np.array([
                    path[k + 1, axis] - path[k, axis] - STEP_S * path[k, 2 + axis],
                    path[k + 1, 2 + axis] - path[k, 2 + axis]])  # fmt: skip
                a, b = 4 * k + axis, 4 * (k + 1) + axis
                for w in weights:
                    system.add([b, a, a + 2, b + 2],
                               [w[0], -w[0], -STEP_S * w[0] - w[1], w[1]], w @ jump)  # fmt: skip
        for axis in range(2):
            system.add([2 + axis], [1 / 30], path[0, 2 + axis] / 30)
        for time, sensor, bearing in bearings:
            found = heard(path, begin, time, sensor, sound)
            if found is None:
                continue
            knot, share, d = found
            off = (math.atan2(d[1], d[0]) - bearing + math.pi) % (2 * math.pi) - math.pi
            slope = np.array([-d[1], d[0]]) / (d @ d) / sensor["s0"]
            system.add([4 * knot, 4 * knot + 1, 4 * knot + 4, 4 * knot + 5],
                       [*(slope * (1 - share)), *(slope * share)], off / sensor["s0"])  # fmt: skip
        step = system.solve(path.size).reshape(path.shape)
        path += step
        if np.abs(step[:, :2]).max() < 0.5:
            break
    return path[-1, :2]


def main(folder):
    folder = pathlib.Path(folder)
    meta = json.loads((folder / "meta.json").read_text())
    sensors = {s["id"]: s for s in meta["sensors"]}
    sound = bool(meta["args"]["sound_delay"])
    owners = [int(row["truth_id"]) for row in rows(folder / "labels.csv")]
    values = [float(row["z0"]) for row in rows(folder / "dets.csv")]
    bearings = {}
    at = 0
    for scan in rows(folder / "scans.csv"):
        for k in range(at, at + int(scan["n"])):
            bearings.setdefault(owners[k], []).append(
                (float(scan["t"]), sensors[int(scan["sensor"])], values[k]))
        at += int(scan["n"])
    truth = {}
    for row in rows(folder / "truth.csv"):
        truth.setdefault(int(row["id"]), []).append(
            [float(row["t"]), float(row["x"]), float(row["y"])])
    errors = []
    for target, path in truth.items():
        path = np.array(path)
        for time, x, y in path:
            if time != int(time) or time < path[0, 0] + SETTLED_S:
                continue
            begin = max(path[0, 0] - 8.0, time - WINDOW_S)
            times = begin + STEP_S * np.arange(round((time - begin) / STEP_S) + 1)
            # From the truth: a search that starts elsewhere may end elsewhere, and no better.
            start = np.zeros((len(times), 4))
            for axis in range(2):
                start[:, axis] = np.interp(times, path[:, 0], path[:, 1 + axis])
                start[:-1, 2 + axis] = np.diff(start[:, axis]) / STEP_S
                start[-1, 2 + axis] = start[-2, 2 + axis]
            within = [b for b in bearings.get(target, []) if begin <= b[0] <= time]
            errors.append(np.linalg.norm(last_place(start, begin, within, sound) - (x, y)))
    errors = np.array(errors)
    near = errors[errors < FAR_M]
    print(
        f"{folder.name}: {'with' if sound else 'without'} the delay of sound, {len(errors)} "
        f"places, {np.sqrt(np.mean(near**2)):.1f} m RMS, {100 * np.mean(errors >= FAR_M):.1f} % "
        f"off by {FAR_M:.0f} m and more"
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
