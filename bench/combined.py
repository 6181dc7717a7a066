#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""CPU time of a hundred observers of 30 km combined into one raster, against gdal_viewshed.

    PICKET_DATA=... bench/combined.py PICKET

Over each tile of $PICKET_DATA/terrain, in UTM at 90 m: `picket plan --only combined` from start to
end, the least of nine, and beside it gdal_viewshed for each observer and gdal_calc.py over its
rasters, 25 at a time, all on one core. Prints seconds and their ratio for each tile.
"""
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

import numpy

OBSERVERS = 100
TILES = {"N44W072.hgt": 32619, "N46E008.tif": 32632, "N49W123.tif": 32610}
AT_ONCE = 25


def cpu(command):
    """Runs it; seconds of processor time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def observers(name):
    """In the middle of the tile, on known ground."""
    south = int(name[1:3])
    west = int(name[4:7]) * (1 if name[3] == "E" else -1)
    random = numpy.random.default_rng(3)
    points = south + random.uniform(0.25, 0.75, 2 * OBSERVERS), west + random.uniform(
        0.25, 0.75, 2 * OBSERVERS)
    heights = subprocess.run(
        ["gdallocationinfo", "-valonly", "-wgs84", "ground.tif"],
        input="".join(f"{lon:.6f} {lat:.6f}\n" for lat, lon in zip(*points)),
        capture_output=True, text=True, check=True).stdout.split()
    known = [point for point, height in zip(zip(*points), heights) if float(height) > -9999]
    return known[:OBSERVERS]


def on_map(points, epsg):
    text = "".join(f"{lon:.6f} {lat:.6f}\n" for lat, lon in points)
    out = subprocess.run(
        ["gdaltransform", "-s_srs", "EPSG:4326", "-t_srs", f"EPSG:{epsg}", "-output_xy"],
        input=text, capture_output=True, text=True, check=True).stdout
    return [line.split() for line in out.splitlines()]


def write_site(points):
    lat, lon = numpy.mean(points, axis=0)
    text = f"""[site]
name = "Combined"
origin = {{ lat = {lat:.6f}, lon = {lon:.6f}, height_hae_m = 0.0 }}
terrain = ["ground.tif"]
region = {{ radius_m = 60000, ceiling_agl_m = 1000 }}
"""
    for i, (lat, lon) in enumerate(points):
        text += f"""[[sensor]]
id = "s{i}"
kind = "radar"
at = {{ lat = {lat:.6f}, lon = {lon:.6f}, height_agl_m = 10.0 }}
measures = ["range", "azimuth"]
sd = {{ range_m = 15, azimuth_deg = 0.5 }}
field = {{ max_range_m = 30000 }}
"""
    pathlib.Path("site.toml").write_text(text)


def peer(points_on_map):
    """gdal_viewshed of each observer, then the lowest of all."""
    spent = 0.0
    rasters = []
    for i, (east, north) in enumerate(points_on_map):
        rasters.append(f"v{i}.tif")
        spent += cpu(["gdal_viewshed", "-q", "-ox", east, "-oy", north, "-oz", "10", "-md", "30000",
                      "-cc", "0.75", "-om", "GROUND", "-a_nodata", "-1", "ground.tif", rasters[-1]])
    while len(rasters) > 1:
        group, rasters = rasters[:AT_ONCE], rasters[AT_ONCE:]
        names = [chr(ord("A") + i) for i in range(len(group))]
        which = [word for pair in zip(names, group) for word in (f"-{pair[0]}", pair[1])]
        # Unseen is -1: the least of the rest, by what is far above all heights.
        least = "minimum.reduce([" + ",".join(f"where({n}<0,1e6,{n})" for n in names) + "])"
        rasters.append(f"least{len(rasters)}-{group[0]}")
        spent += cpu(["gdal_calc.py", "--quiet", "--overwrite", "--extent=union", *which,
                      f"--calc={least}", "--NoDataValue=1e6", "--type=Float32", "--hideNoData",
                      f"--outfile={rasters[-1]}"])
    return spent


def main():
    picket = os.path.realpath(sys.argv[1])
    terrain = pathlib.Path(os.environ["PICKET_DATA"]) / "terrain"
    for name, epsg in TILES.items():
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            subprocess.run(["gdalwarp", "-q", "-t_srs", f"EPSG:{epsg}", "-tr", "90", "90", "-r",
                            "bilinear", "-ot", "Float32", "-dstnodata", "-9999",
                            terrain / name, "ground.tif"], check=True)
            points = observers(name)
            write_site(points)
            ours = min(cpu([picket, "plan", "site.toml", "-o", "out", "--only", "combined"])
                       for _ in range(9))
            theirs = peer(on_map(points, epsg))
            print(f"{name}: picket {ours:.3f} s, gdal_viewshed and gdal_calc.py {theirs:.2f} s, "
                  f"{theirs / ours:.1f} times", flush=True)
            os.chdir("/")


if __name__ == "__main__":
    main()
