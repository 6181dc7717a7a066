#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the inputs of the golden cases again from their scenarios, with picket simulate.

    tests/golden/make_inputs.py build/release/picket

The inputs are checked in, so that a change of the simulator does not look like one of the tracker.
Numbers are rounded to what a sensor would send; the swarm's second radar is made late, twice
repeated, and in the end too late; the crossing is also written as an ASTERIX recording.
"""

import json
import pathlib
import random
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
DIGITS = {"range_m": 1, "azimuth_deg": 3, "elevation_deg": 3, "range_rate_mps": 2}
DIGITS.update({"lat_deg": 6, "lon_deg": 6, "alt_hae_m": 1, "alt_msl_m": 1})


def rounded(report):
    for detection in report["detections"]:
        for key, digits in DIGITS.items():
            if key in detection:
                detection[key] = round(detection[key], digits)
        for key in ("range_m", "azimuth_deg", "elevation_deg", "range_rate_mps"):
            detection.get("sd", {}).pop(key, None)  # the site file says the same
        if not detection.get("sd", True):
            del detection["sd"]
    return report


def seconds(text):
    hours, minutes, rest = text[11:-1].split(":")
    return 3600 * int(hours) + 60 * int(minutes) + float(rest)


def stamp(day, s):
    return "%sT%02d:%02d:%012.9fZ" % (day, s // 3600, s % 3600 // 60, s % 60)


def delayed(reports):
    """In order of arrival; the radar "late" lags by up to 3.5 s, and by 9 s at the end."""
    rng = random.Random(1)
    first = seconds(reports[0]["time"])
    out = []
    for report in reports:
        at = seconds(report["time"])
        if report["sensor"] == "late":
            delay = 9.0 if at - first > 20 and rng.random() < 0.3 else rng.uniform(0.5, 3.5)
            report["received"] = stamp(report["time"][:10], at + delay)
            if rng.random() < 0.15:
                out.append((at + delay + 0.2, dict(report)))
            at += delay
        out.append((at, report))
    out.sort(key=lambda pair: pair[0])
    return [report for _, report in out]


def main(picket):
    for scenario in sorted(HERE.glob("*/scenario.toml")):
        case = scenario.parent
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([picket, "simulate", scenario, "-o", folder], check=True)
            made = pathlib.Path(folder)
            reports = [json.loads(line) for line in open(made / "reports.jsonl")]
            (case / "site.toml").write_text((made / "site.toml").read_text())
        reports = [rounded(report) for report in reports]
        if case.name == "swarm":
            reports = delayed(reports)
        with open(case / "reports.jsonl", "w") as f:
            for report in reports:
                f.write(json.dumps(report, separators=(",", ":")) + "\n")
    crossing = HERE / "crossing"
    asterix = HERE / "asterix"
    asterix.mkdir(exist_ok=True)
    site = (crossing / "site.toml").read_text().replace('"Crossing"', '"Crossing, as ASTERIX"')
    site = site.replace('id       = "radar"', 'id       = "radar"\nasterix  = { sac = 1, sic = 2 }')
    (asterix / "site.toml").write_text(site)
    subprocess.run(
        [picket, "convert", crossing / "reports.jsonl", asterix / "plots.ast", "--to", "asterix",
         "--site", asterix / "site.toml"],
        check=True,
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
