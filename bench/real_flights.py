#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real flights, flown through a simulated radar and tracked: the error against their GPS truth.

    PICKET_DATA=... bench/real_flights.py [--picket build/release/picket] [--seed 1] [--keep DIR]

Each flight of PICKET_DATA/tracks below becomes the trajectory of a scenario with one 3-D radar with
Doppler beside it that looks once a second, as far-reaching as the flight needs. The drones' logs
are their own GPS at 10 Hz; the two aircraft were received by ADS-B, with stale positions and times
rounded to seconds, so their smooth path is flown and is the truth (see 'log' in docs/scenario.md).
 `picket simulate` draws its reports, `picket
track --every 1` tracks them with default parameters, and each second's truth is compared with the
track that holds it: the nearest confirmed one within the gate.
"""

import argparse
import csv
import gzip
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

# name: file, class, what alt_m counts from, smooth_s, radar: sd of range in m, of angles in degrees
FLIGHTS = {
    "Phantom 4": ("dronedeploy_ipad-ios11-phantom4", "multirotor", "takeoff", 0, 5.0, 0.5),
    "Matrice 200": ("dronedeploy_iphone-ios-11-3-matrice", "multirotor", "takeoff", 0, 5.0, 0.5),
    "Inspire": ("dronedeploy_iphone-ios11-inspire", "multirotor", "takeoff", 0, 5.0, 0.5),
    "rescue helicopter": ("traffic_ambulances_rega_sg", "aircraft", "msl", 6, 20.0, 0.15),
    "calibration flight": ("traffic_calibration_funchal", "aircraft", "msl", 10, 20.0, 0.15),
}

SCENARIO = """# SPDX-License-Identifier: Apache-2.0
[site]
name = "{name}"
origin = {{ lat = {lat:.6f}, lon = {lon:.6f} }}
region = {{ radius_m = {reach:.0f}, ceiling_agl_m = {ceiling:.0f} }}
[scenario]
seed = {seed}
start = "2026-03-01T00:00:00Z"
duration_s = {duration:.0f}
[[sensor]]
id = "radar"
kind = "radar"
at = {{ lat = {lat:.6f}, lon = {radar_lon:.6f}, height_hae_m = {height:.0f} }}
period_s = 1.0
measures = ["range", "azimuth", "elevation", "range_rate"]
sd = {{ range_m = {sd_m}, azimuth_deg = {sd_deg}, elevation_deg = {sd_deg}, range_rate_mps = 0.5 }}
field = {{ max_range_m = {reach:.0f}, elevation_deg = [-10, 80] }}
detect = {{ model = "constant", probability = 0.9 }}
clutter = {{ per_look = 20 }}
[[target]]
id = "flight"
class = "{target_class}"
profile = "log"
datum = "{datum}"
smooth_s = {smooth_s}
file = "{file}"
"""

A, E2 = 6378137.0, 6.69437999014e-3


def ecef(lat_deg, lon_deg, height_m):
    lat, lon = math.radians(lat_deg), math.radians(lon_deg)
    n = A / math.sqrt(1 - E2 * math.sin(lat) ** 2)
    ground = (n + height_m) * math.cos(lat)
    z = (n * (1 - E2) + height_m) * math.sin(lat)
    return ground * math.cos(lon), ground * math.sin(lon), z


def difference(a, b):
    """Horizontal distance and difference in height of two points with lat_deg, lon_deg, alt."""
    pa = ecef(a["lat_deg"], a["lon_deg"], b["alt_hae_m"])
    pb = ecef(b["lat_deg"], b["lon_deg"], b["alt_hae_m"])
    return math.dist(pa, pb), a["alt_hae_m"] - b["alt_hae_m"]


def rms(values):
    return math.sqrt(sum(v * v for v in values) / len(values)) if values else math.nan


def rank(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else math.nan


def write_scenario(flight, data, seed, folder):
    file, target_class, datum, smooth_s, sd_m, sd_deg = FLIGHTS[flight]
    log = data / "tracks" / f"{file}.csv.gz"
    with gzip.open(log, "rt", newline="") as opened:
        rows = list(csv.DictReader(opened))
    times = [float(row["t_unix_or_rel_s"]) for row in rows]
    lats = [float(row["lat_deg"]) for row in rows]
    lons = [float(row["lon_deg"]) for row in rows]
    heights = [float(row["alt_m"]) for row in rows]
    lat, lon = (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2
    east_m = 111320 * math.cos(math.radians(lat))
    # Beside the flight's box, so that no part of it is overhead.
    beside_m = max(300.0, 0.6 * (max(lons) - min(lons)) * east_m)
    far = max(
        math.hypot((a - lat) * 111000, (b - lon) * east_m + beside_m) for a, b in zip(lats, lons)
    )
    text = SCENARIO.format(
        name=flight, lat=lat, lon=lon, radar_lon=lon - beside_m / east_m, seed=seed,
        reach=1.3 * far + 500, ceiling=max(500, 1.5 * max(heights)),
        duration=times[-1] - times[0], height=min(heights) + 10, smooth_s=smooth_s, sd_m=sd_m,
        sd_deg=sd_deg, target_class=target_class, datum=datum, file=log,
    )  # fmt: skip
    (folder / "scenario.toml").write_text(text)
    # What one look says across its line of sight, where the flight is on average.
    typical = sum(math.hypot((a - lat) * 111000, (b - lon) * east_m + beside_m)
                  for a, b in zip(lats, lons)) / len(rows)  # fmt: skip
    return math.hypot(sd_m, math.radians(sd_deg) * typical)


def score(folder, gate_m):
    with open(folder / "truth.jsonl") as opened:
        truth = {t["time"]: t["targets"][0] for t in map(json.loads, opened) if t["targets"]}
    horizontal, vertical, ids, present, false = [], [], [], 0, 0
    with open(folder / "tracks.jsonl") as opened:
        for picture in map(json.loads, opened):
            target = truth.get(picture["time"])
            if target is None:
                continue
            present += 1
            found = [(*difference(track, target), track["id"]) for track in picture["tracks"]]
            near = min(found, default=(math.inf, 0.0, 0))
            false += len(found) - (near[0] <= gate_m)
            if near[0] <= gate_m:
                horizontal.append(near[0])
                vertical.append(near[1])
                ids.append(near[2])
    return horizontal, vertical, ids, len(truth), present, false


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    root = pathlib.Path(__file__).resolve().parent.parent
    parser.add_argument("--picket", default=root / "build/release/picket", type=pathlib.Path)
    parser.add_argument("--seed", default=1, type=int)
    parser.add_argument("--keep", type=pathlib.Path, help="keep scenarios, reports and tracks here")
    options = parser.parse_args()
    if "PICKET_DATA" not in os.environ:
        print("real_flights.py: PICKET_DATA is not set: no flights", file=sys.stderr)
        return 2
    data = pathlib.Path(os.environ["PICKET_DATA"]).resolve()
    print("flight               seconds  complete   one look   RMS     95 %   RMS height  "
          "changes  false")  # fmt: skip
    print("                                  %          m       m        m         m     "
          "of id    s/s")  # fmt: skip
    for number, flight in enumerate(FLIGHTS):
        with tempfile.TemporaryDirectory() as temporary:
            folder = (options.keep or pathlib.Path(temporary)) / str(number)
            folder.mkdir(parents=True, exist_ok=True)
            look_m = write_scenario(flight, data, options.seed, folder)
            run = [options.picket, "simulate", folder / "scenario.toml", "-o", folder]
            subprocess.run(run, check=True, stderr=subprocess.DEVNULL)
            run = [options.picket, "track", folder / "site.toml", folder / "reports.jsonl"]
            run += ["--every", "1", "-o", folder / "tracks.jsonl"]
            subprocess.run(run, check=True, stderr=subprocess.DEVNULL)
            horizontal, vertical, ids, seconds, present, false = score(folder, 5 * look_m)
            changes = sum(a != b for a, b in zip(ids, ids[1:]))
            print(
                f"{flight:20s} {seconds:6d} {100 * len(horizontal) / seconds:10.1f} {look_m:10.1f}"
                f" {rms(horizontal):7.2f} {rank(horizontal, 0.95):8.2f} {rms(vertical):9.2f}"
                f" {changes:9d} {false / max(1, present):8.3f}"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
