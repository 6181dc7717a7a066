#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A site of 200 x 200 km with 50 sensors over ground of one arc second, made up: nine tiles of HGT.

    bench/large_region.py DIR
    /usr/bin/time -v build/release/picket plan DIR/site.toml -o DIR/plan --threads 2

Ridges of many lengths, so that sensors are masked as among hills; the same bytes each time.
"""
import pathlib
import sys

import numpy

SIDE = 3601  # of a tile of one arc second
SENSORS = 50


def ground(south, west):
    """Heights of a tile in whole metres, row by row from the north."""
    lat = numpy.linspace(south + 1, south, SIDE)[:, None] * 111_000.0
    lon = numpy.linspace(west, west + 1, SIDE)[None, :] * 88_800.0
    height = numpy.full((SIDE, SIDE), 400.0)
    random = numpy.random.default_rng(4)
    for octave in range(9):
        length_m = 60_000.0 / 2**octave
        for _ in range(3):
            angle, phase = random.uniform(0.0, 2.0 * numpy.pi, 2)
            along = numpy.cos(angle) * lon + numpy.sin(angle) * lat
            height += 0.004 * length_m * numpy.sin(2.0 * numpy.pi * along / length_m + phase)
    return numpy.maximum(height, 0.0)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for south in (36, 37, 38):
        for west in (126, 127, 128):
            names.append(f"N{south:02}E{west:03}.hgt")
            ground(south, west).astype(">i2").tofile(folder / names[-1])
    text = f"""[site]
name = "Large"
origin = {{ lat = 37.5, lon = 127.5, height_hae_m = 400.0 }}
terrain = {names}
region = {{ radius_m = 100000, ceiling_agl_m = 1500 }}

[[place]]
name = "Middle"
at = {{ lat = 37.5, lon = 127.5 }}
radius_m = 1000
""".replace("'", '"')
    random = numpy.random.default_rng(50)
    for i in range(SENSORS):
        far, bearing = 0.8 * numpy.sqrt(random.uniform()), random.uniform(0.0, 2.0 * numpy.pi)
        lat = 37.5 + far * numpy.cos(bearing)
        lon = 127.5 + far * numpy.sin(bearing) / 0.8
        text += f"""
[[sensor]]
id = "radar-{i + 1}"
kind = "radar"
at = {{ lat = {lat:.5f}, lon = {lon:.5f}, height_agl_m = 15.0 }}
period_s = 1.0
measures = ["range", "azimuth", "elevation"]
sd = {{ range_m = 15.0, azimuth_deg = 0.5, elevation_deg = 1.0 }}
field = {{ max_range_m = 30000, azimuth_deg = [0, 360], elevation_deg = [-5, 60] }}
detect = {{ model = "constant", probability = 0.85 }}
"""
    (folder / "site.toml").write_text(text)


if __name__ == "__main__":
    main()
