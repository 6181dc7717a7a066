#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs picket over the tracking scenarios of PICKET_BENCH and holds it to their limits.

    tools/scenarios.py list           names, one a line
    tools/scenarios.py run NAME...    generate, track, score; exit 1 if a limit is not kept

The generator and the scorer are independent of picket. A limit is the GOSPA that Stone Soup's JPDA
reached on the same scenario, or its GNN where no JPDA figure is known; and 8 % more than picket
itself has reached there, so that no change loses accuracy unseen (a change that moves a draw here
and there moves a figure by some percent). No option of picket depends on the scenario.
"""

import json
import math
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PICKET = ROOT / "build/release/picket"

NO_PEER = math.inf
TOLERANCE = 1.08
# name: arguments of generate.py, the scorer's figure that is compared, a peer's, what was reached
SCENARIOS = {
    "A": ("--scenario A --seed 1", "gospa_rms", 4.09, 2.75),
    "B10": ("--scenario B --n 10 --clutter 100 --seed 1", "gospa_mean", 234.6, 86.2),
    "B50": ("--scenario B --n 50 --clutter 100 --seed 1", "gospa_mean", 325.0, 197.0),
    "B50-bias": ("--scenario B --n 50 --bias --seed 1", "gospa_mean", 577.0, 210.1),
    "B50-3d": ("--scenario B --n 50 --three-d --doppler --seed 1", "gospa_mean", NO_PEER, 134.8),
    "C10": ("--scenario C --n 10 --seed 1", "gospa_mean", NO_PEER, 97.2),
    "D": ("--scenario D --seed 1", "gospa_mean", 44.0, 29.2),
    "E": ("--scenario E --seed 1", "gospa_mean", 198.0, 140.1),
    "F": ("--scenario F --seed 1", "gospa_mean", 76.0, 45.2),
}


def run(name, tools):
    """Prints one line with the scenario's scores; returns whether it kept its limit."""
    arguments, figure, peer, reached = SCENARIOS[name]
    limit = min(peer, TOLERANCE * reached)
    out = ROOT / "build/scenarios" / name
    out.mkdir(parents=True, exist_ok=True)
    python = [sys.executable]
    quiet = subprocess.DEVNULL
    subprocess.run(
        python + [tools / "generate.py", *arguments.split(), "--out", out], check=True, stdout=quiet
    )
    subprocess.run(python + [tools / "export.py", out], check=True, stdout=quiet)
    start = time.monotonic()
    subprocess.run(
        [PICKET, "track", out / "site.toml", out / "reports.jsonl"]
        + ["--every", "1", "-o", out / "tracks.jsonl"],
        check=True,
    )
    seconds = time.monotonic() - start
    scored = subprocess.run(
        python + [tools / "score.py", out, out / "tracks.jsonl"],
        check=True,
        capture_output=True,
        text=True,
    )
    score = json.loads(scored.stdout)
    kept = score[figure] <= limit and score["epochs_without_picture"] == 0
    print(
        f"{name:4} {figure} {score[figure]:8.2f}  limit {limit:8.2f}  tracked in {seconds:6.2f} s  "
        f"{'kept' if kept else 'NOT KEPT'}  {scored.stdout.strip()}",
        flush=True,
    )
    return kept


def main():
    if sys.argv[1:] == ["list"]:
        print("\n".join(SCENARIOS))
        return 0
    if len(sys.argv) < 3 or sys.argv[1] != "run":
        print(__doc__, file=sys.stderr)
        return 2
    bench = os.environ.get("PICKET_BENCH")
    if not bench:
        print("PICKET_BENCH is not set")
        return 77
    results = [run(name, pathlib.Path(bench) / "tracking") for name in sys.argv[2:]]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
