#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# plan.sh PICKET: picket plan from the outside, on made-up hills. With PICKET_BENCH its rasters are
# compared with those of the brute-force reference, with PICKET_DATA also over real mountains.
# shellcheck source=tests/e2e/lib.bash
source "$(dirname "$0")/lib.bash"

# site ORIGIN_LAT ORIGIN_LON RASTER RADIUS [RANGE]: a site file with two sensors
site() {
  cat <<END
[site]
name = "test"
origin = { lat = $1, lon = $2, height_hae_m = 100.0 }
terrain = ["$3"]
region = { radius_m = $4, ceiling_agl_m = 1000 }
[[sensor]]
id = "radar/one"
kind = "radar"
at = { lat = $1, lon = $2, height_agl_m = 10.0 }
measures = ["range", "azimuth"]
sd = { range_m = 15, azimuth_deg = 0.5 }
field = { max_range_m = ${5:-$4} }
[[sensor]]
id = "ears"
kind = "acoustic"
at = { lat = $1, lon = $2, height_agl_m = 3.0 }
measures = ["azimuth"]
sd = { azimuth_deg = 4.0 }
field = { max_range_m = 2000 }
END
}
# agree RASTER LAT LON RADIUS OURS: within the goals of the reference
agree() {
  [[ -n ${PICKET_BENCH:-} ]] || return 0
  if [[ ! -x exact ]]; then
    g++ -O2 -std=c++20 "$PICKET_BENCH/coverage/exact_viewshed.cpp" -o exact -fopenmp \
      -I/usr/include/gdal -lgdal
  fi
  ./exact "$1" "$3" "$2" 10 "$4" exact.tif
  ./exact --compare exact.tif "$5" >agreement.json
  python3 - <<'END' || fail "disagrees with the reference: $(cat agreement.json)"
import json
a = json.load(open("agreement.json"))
assert a["cells"] > 10000 and a["absent"] == 0, a
assert a["mean_abs_error_m"] <= 0.3 and a["p95_abs_error_m"] <= 5.5, a
assert a["optimistic_over_5m_percent"] <= 0.5, a
for h in (30, 50, 100, 200):
    assert a[f"differ_at_{h}m_percent_of_cells"] <= 0.11, a
    assert a[f"differ_at_{h}m_percent_of_visible"] <= 0.5, a
END
}

# Hills in UTM zone 32 with cells of 60 m, 15 km to all sides of 9 E 48 N.
python3 - <<'END'
import math
n = 501
with open("hills.asc", "w") as f:
    f.write(f"ncols {n}\nnrows {n}\nxllcorner {500000 - n * 30}\nyllcorner {5316300 - n * 30}\n")
    f.write("cellsize 60\nNODATA_value -9999\n")
    for row in range(n):
        f.write(" ".join(
            f"{400 + 150 * math.sin(x / 9) * math.sin(row / 23) + 60 * math.sin((x + row) / 6):.1f}"
            for x in range(n)) + "\n")
END
gdal_translate -q -ot Float32 -a_srs EPSG:32632 hills.asc hills.tif

site 47.998 9.0 hills.tif 10000 >site.toml
expect 0 "$picket" plan site.toml -o one --only visibility --json
python3 - <<'END' || fail "summary: $(cat out)"
import json
s = json.load(open("out"))
assert s == json.load(open("one/summary.json"))
assert s["grid"]["on"] == "the terrain's own grid" and s["grid"]["cell_m"] == 60
assert s["terrain_known_percent"] == 100 and s["warnings"] == []
radar, ears = s["sensors"]
assert radar["id"] == "radar/one" and radar["range_m"] == 10000 and radar["known_percent"] > 99
shares = list(radar["visible_percent"].values())
assert shares == sorted(shares) and 1 < shares[0] < shares[-1] < 100, shares
END
[[ -s one/min-visible-height/radar%2Fone.tif && -s one/min-visible-height/ears.tif ]] ||
  fail "rasters: $(ls one/min-visible-height)"
gdalinfo one/min-visible-height/ears.tif >info
for said in 'NoData Value=-9999' 'Type=Float32' 'EPSG",32632'; do
  grep -q "$said" info || fail "the raster does not say $said: $(cat info)"
done
agree hills.tif 47.998 9.0 10000 one/min-visible-height/radar%2Fone.tif
# Whatever the number of threads: the same bytes.
expect 0 "$picket" plan site.toml -o two --only visibility --threads 7
diff -r one two || fail "threads change the result"

# All sensors in one raster: the lowest of theirs.
expect 0 "$picket" plan site.toml -o net --only combined --threads 3 --json
[[ -s net/network.tif && ! -e net/min-visible-height ]] || fail "combined: $(ls net)"
python3 - <<'END' || fail "combined"
import json, math, struct, subprocess
def raster(name):
    info = json.loads(subprocess.run(["gdalinfo", "-json", name], capture_output=True).stdout)
    subprocess.run(["gdal_translate", "-q", "-of", "ENVI", name, "raw"], check=True)
    data = open("raw", "rb").read()
    columns, rows = info["size"]
    west, _, _, north = info["geoTransform"][:4]
    values = struct.unpack(f"<{len(data) // 4}f", data)
    x, y = round((west - 484970) / 60), round((5331330 - north) / 60)
    return {(x + i % columns, y + i // columns): v for i, v in enumerate(values) if v != -9999}
network = raster("net/network.tif")
lowest = {}
for one in ("radar%2Fone", "ears"):
    for at, h in raster(f"one/min-visible-height/{one}.tif").items():
        lowest[at] = min(h, lowest.get(at, math.inf))
assert network == lowest and len(lowest) > 50000, (len(network), len(lowest))
END

# A terrain that ends within the region: what lies beyond is unknown, and it is told.
site 47.998 9.15 hills.tif 10000 >edge.toml
cat >>edge.toml <<'END'
[[place]]
name = "Beyond"
at = { lat = 47.998, lon = 9.3 }
radius_m = 100
END
expect 0 "$picket" plan edge.toml -o edge
grep -q 'known in [0-9.]* % of the region.*add the tiles' err || fail "partial terrain: $(cat err)"
grep -q 'place "Beyond": lies 11.2 km .* outside of the region, so no warning time' err ||
  fail "a place outside: $(cat err)"
python3 - <<'END' || fail "unknown ground: $(ls edge/coverage)"
import json, pathlib, re, subprocess, struct
def raster(name):
    subprocess.run(["gdal_translate", "-q", "-of", "ENVI", name, "raw"], check=True)
    data = open("raw", "rb").read()
    return struct.unpack(f"<{len(data) // 4}f", data)
s = json.load(open("edge/summary.json"))
band = next(b for b in s["coverage"] if b["height_agl_m"] == 100)
assert 20 < band["unknown_percent"] < 40 and s["terrain_known_percent"] < 80, band
assert all(of["guaranteed_s"] == 0 for of in s["warning_time"][0]["classes"]), s["warning_time"]
# East of the last hill nothing is known, in whichever form it is told.
unknown = [i for i, p in enumerate(raster("edge/coverage/pd-100m.tif")) if p == -9999]
for name in ("pd-without-best-100m", "sensors-100m", "min-visible-height"):
    values = raster(f"edge/coverage/{name}.tif")
    assert all(values[i] == -9999 for i in unknown), name
def rings(shape):
    return shape["coordinates"] if shape["type"] == "Polygon" else sum(shape["coordinates"], [])
def of(name):
    layers = json.load(open(f"edge/coverage/{name}.geojson"))["features"]
    return [f for f in layers if f["properties"].get("is", "").endswith("unknown")]
for name in ("gaps-100m", "pd-100m", "min-visible-height"):
    places = [p for f in of(name) for ring in rings(f["geometry"]) for p in ring]
    # The hills end 15 km east of 9 E, the region 10 km east of 9.15 E.
    assert max(lon for lon, _ in places) > 9.28, (name, places[:3])
assert min(lon for f in of("pd-100m") for r in rings(f["geometry"]) for lon, _ in r) > 9.19
kml = pathlib.Path("edge/coverage/coverage.kml").read_text()
assert len(re.findall("<name>not known</name>", kml)) == len(s["coverage"])
page = pathlib.Path("edge/index.html").read_text()
assert "not known" in page and "It lies outside of the region." in page
END
"$picket" check edge.toml >out || fail "check: $(cat out)"
grep -q 'note: the terrain is known in [0-9.]* % of the region' out || fail "check: $(cat out)"
# Holes are unknown, and so is what they could hide.
sed '7,$s/^\(.\{2100\}\)[0-9.]* [0-9.]* [0-9.]* /\1-9999 -9999 -9999 /' hills.asc >holes.asc
gdal_translate -q -ot Float32 -a_srs EPSG:32632 -a_nodata -9999 holes.asc holes.tif
site 47.998 9.0 holes.tif 10000 >holes.toml
expect 0 "$picket" plan holes.toml -o holes --only visibility
grep -q 'known in 9[0-9.]* % of the region' err || fail "holes: $(cat err)"
# Over a hole a sensor needs a height of its own, and sees from there.
awk 'NR > 249 && NR < 274 { for (i = 240; i <= 262; ++i) $i = -9999 } 1' hills.asc >well.asc
gdal_translate -q -ot Float32 -a_srs EPSG:32632 -a_nodata -9999 well.asc well.tif
site 47.998 9.0 well.tif 10000 >well.toml
expect 2 "$picket" plan well.toml -o bad --only visibility
[[ $(grep -c 'or has a hole there.*state height_hae_m' err) == 2 ]] ||
  fail "over a hole: $(cat err)"
sed -i 's/height_agl_m = 1*[03]\.0/height_hae_m = 800/' well.toml
expect 0 "$picket" plan well.toml -o well --only visibility --json
python3 - <<'END' || fail "over a hole: $(cat out)"
import json
radar = json.load(open("out"))["sensors"][0]
assert radar["height_agl_m"] is None and 98 < radar["known_percent"] < 100, radar
assert radar["visible_percent"]["30m"] > 50, radar
END
# A void that is not declared, in a raster that is warped: nothing between it and the ground is one.
gdalwarp -q -t_srs EPSG:4326 -r near -dstnodata -9999 well.tif degrees.tif
gdal_translate -q -a_nodata none degrees.tif silent.tif
for raster in degrees silent; do
  sed "s/well.tif/$raster.tif/" well.toml >$raster.toml
  expect 0 "$picket" plan $raster.toml -o $raster --only visibility
done
cmp degrees/summary.json silent/summary.json || fail "an undeclared void counts for ground"
# Geographic and rotated rasters go to the site's map.
gdalwarp -q -t_srs EPSG:4326 hills.tif geographic.tif
gdal_translate -q -of VRT hills.tif rotated.vrt
sed -i 's|<GeoTransform>.*|<GeoTransform>485000,59,9,5331000,9,-59</GeoTransform>|' rotated.vrt
for raster in geographic.tif rotated.vrt; do
  site 47.998 9.0 $raster 10000 >other.toml
  expect 0 "$picket" plan other.toml -o other --only visibility --json
  grep -q "the site's map" out || fail "$raster: $(cat out)"
done
# No terrain: nothing masks.
sed '/^terrain/d' site.toml >bare.toml
expect 0 "$picket" plan bare.toml -o bare --only visibility --json
grep -q '"30m":100.0' out || fail "without terrain: $(cat out)"
grep -q 'no terrain is named' err || fail "without terrain: $(cat err)"

# Everything: coverage, gaps, warning times, where more sensors go; whatever the number of threads.
cat >>site.toml <<'END'
[[place]]
name = "Town <1>"
at = { lat = 47.99, lon = 9.01 }
radius_m = 500
END
expect 0 "$picket" plan site.toml -o all --place 2
expect 0 "$picket" plan site.toml -o again --place 2 --threads 3 --json
diff -r all again || fail "threads change the products"
# What sensors see does not depend on what else is asked for.
diff -r one/min-visible-height all/min-visible-height || fail "visibility alone is another"
python3 - <<'END' || fail "products: $(head -c 3000 all/summary.json)"
import json, pathlib, re
s = json.load(open("out"))
bands = [b["height_agl_m"] for b in s["coverage"]]
assert bands == [30, 50, 100, 200, 500, 1000], bands
seen = [b["seen_percent"] for b in s["coverage"]]
assert seen == sorted(seen) and seen[0] > 1 and seen[-1] > 50, seen
for b in s["coverage"]:
    assert abs(b["seen_percent"] + b["gap_percent"] + b["unknown_percent"] - 100) < 1e-6
    assert b["seen_alone_percent"]["radar/one"] > b["seen_alone_percent"]["ears"]
(town,) = s["warning_time"]
for of in town["classes"]:
    times = [sector["time_s"] for sector in of["sectors"].values()]
    assert of["guaranteed_s"] == min(times)
    assert all(t <= of["guaranteed_s"] + 1e-9 for t in of["guaranteed_without_s"].values())
sites = s["placement"]["sites"]
assert len(sites) == 2 and sites[0]["closes_percent"] >= sites[1]["closes_percent"] > 1, sites
assert abs(sum(x["closes_percent"] for x in sites) - s["placement"]["closes_percent"]) < 1e-6
assert s["placement"]["bound_percent"] >= s["placement"]["closes_percent"]
page = pathlib.Path("all/index.html").read_text()
assert page.count("data:image/png;base64,") == len(bands) + 2
assert "Town &lt;1&gt;" in page and not re.search(r'(href|src)="(?!data:)', page)
gaps = json.load(open("all/coverage/gaps-100m.geojson"))
assert {f["properties"]["is"] for f in gaps["features"]} == {"seen", "gap"}
lon, lat = gaps["features"][0]["geometry"]["coordinates"][0][0]
assert 8.8 < lon < 9.2 and 47.8 < lat < 48.2
END
gdalinfo all/coverage/pd-100m.tif | grep -q 'LAYOUT=COG' || fail "coverage is no COG"
# Coverage has the terrain's own cells unless others are asked for.
gdalinfo all/coverage/pd-100m.tif | grep -q '^Pixel Size = (5[89]\.\|^Pixel Size = (60\.' ||
  fail "cells of coverage: $(gdalinfo all/coverage/pd-100m.tif | grep Pixel)"
expect 0 "$picket" plan site.toml -o rough --cell-m 200 --json
python3 - <<'END' || fail "--cell-m: $(head -c 500 out)"
import json
fine, rough = json.load(open("all/summary.json")), json.load(open("out"))
cell = fine["coverage_cell_m"]
assert 59 < cell < 61 and abs(rough["coverage_cell_m"] - 3 * cell) < 1e-6, rough["coverage_cell_m"]
for a, b in zip(fine["coverage"], rough["coverage"]):
    assert abs(a["seen_percent"] - b["seen_percent"]) < 3, (a, b)
END
expect 2 "$picket" plan site.toml -o bad --cell-m 50000
grep -q -e '--cell-m: is too large' err || fail "--cell-m 50000: $(cat err)"
expect 2 "$picket" plan bare.toml -o bad --cell-m 1
grep -q -e '--cell-m: would be 20001 cells .* give 10 or more' err || fail "--cell-m 1: $(cat err)"
# Contours, pictures and KML of the same; another program reads them.
python3 - <<'END' || fail "contours: $(ls all/coverage)"
import json, struct, pathlib
pd = json.load(open("all/coverage/pd-100m.geojson"))["features"]
ranges = [(f["properties"].get("from"), f["properties"].get("to")) for f in pd]
assert set(ranges) <= {(None, 0.1), (0.1, 0.5), (0.5, 0.9), (0.9, None)} and len(ranges) > 1, ranges
heights = json.load(open("all/coverage/min-visible-height.geojson"))["features"]
assert any(f["properties"].get("to") == 30 for f in heights)
for picture in ("pd-100m", "sensors-100m", "min-visible-height"):
    png = pathlib.Path(f"all/coverage/{picture}.png").read_bytes()
    width, height = struct.unpack(">II", png[16:24])
    assert png[:4] == b"\x89PNG" and width >= 400 and height > width + 40, (picture, width, height)
END
ogrinfo -q all/coverage/coverage.kml >layers || fail "KML: $(cat layers)"
if ! { grep -q '100 m above ground' layers && grep -q 'Sensors' layers; }; then
  fail "KML: $(cat layers)"
fi
# With the best sensor lost nothing is seen better; behind the edge all is detected at last.
python3 - <<'END' || fail "rasters of losses and of detection"
import subprocess, struct
def values(name):
    subprocess.run(["gdal_translate", "-q", "-of", "ENVI", name, "raw"], check=True)
    data = open("raw", "rb").read()
    return struct.unpack(f"<{len(data) // 4}f", data)
pd, without = values("all/coverage/pd-100m.tif"), values("all/coverage/pd-without-best-100m.tif")
assert all(b <= a + 1e-6 for a, b in zip(pd, without)) and any(b < a for a, b in zip(pd, without))
slow = values("all/coverage/detected/multirotor-100m.tif")
fast = values("all/coverage/detected/fixed_wing-100m.tif")
assert all(f <= s + 1e-5 for s, f in zip(slow, fast)) and max(slow) > 0.94
assert min(v for v in slow if v >= 0) == 0
END

# Sensors of physics tell classes apart: everything is then told for each.
cat >classes.toml <<'END'
[site]
origin = { lat = 47.998, lon = 9.0, height_hae_m = 100.0 }
terrain = ["hills.tif"]
region = { radius_m = 8000, ceiling_agl_m = 200 }
[[sensor]]
id = "rf"
preset = "rf-direction-finder"
at = { lat = 47.998, lon = 9.0, height_agl_m = 30.0 }
[[sensor]]
id = "radar"
preset = "radar-drone-x"
at = { lat = 48.01, lon = 9.01, height_agl_m = 30.0 }
END
expect 0 "$picket" plan classes.toml -o classes --json
cp out classes.json
sed -i 's/^at = .*9.01.*/&\ndetect = { diffraction = true }/' classes.toml
expect 0 "$picket" plan classes.toml -o bent --json
python3 - <<'END' || fail "classes: $(head -c 2000 classes.json)"
import json, pathlib
s = json.load(open("classes.json"))
bent = json.load(open("out"))
of = {(b["class"], b["height_agl_m"]): b for b in s["coverage"]}
more = {(b["class"], b["height_agl_m"]): b for b in bent["coverage"]}
assert set(k[0] for k in of) == {"multirotor", "fixed_wing"}
# Nobody but the radar sees a silent fixed-wing drone, and better than a multirotor.
for (kind, height), band in of.items():
    alone = band["seen_alone_percent"]
    assert kind == "multirotor" or alone["rf"] == 0, (kind, alone)
    # Waves of 3 cm hardly bend: they see little behind the hills, and less of what grazes them.
    assert abs(more[kind, height]["seen_percent"] - band["seen_percent"]) < 2, (kind, height)
assert of["multirotor", 100]["seen_alone_percent"]["rf"] > 0
assert more["fixed_wing", 30]["seen_percent"] != of["fixed_wing", 30]["seen_percent"]
for kind in ("multirotor", "fixed_wing"):
    assert pathlib.Path(f"classes/coverage/{kind}/pd-100m.tif").exists()
kml = pathlib.Path("classes/coverage/coverage.kml").read_text()
assert "Fixed-wing drone, 100 m above ground" in kml
END

# Trees on the hills hide; heights stay above the bare ground.
awk 'NR > 6 { for (i = 1; i <= NF; ++i) if (i % 20 < 8) $i += 25 } 1' hills.asc >tops.asc
gdal_translate -q -ot Float32 -a_srs EPSG:32632 tops.asc tops.tif
expect 0 "$picket" plan site.toml -o bare2 --only visibility --json
sed 's/^terrain = .*/&\nsurface = ["tops.tif"]/' site.toml >wood.toml
expect 0 "$picket" plan wood.toml -o wood --only visibility --json
python3 - <<'END' || fail "trees: $(cat out)"
import json
bare = json.load(open("bare2/summary.json"))["sensors"][0]["visible_percent"]
wood = json.load(open("out"))
assert wood["grid"]["on"] == "the site's map", wood["grid"]
seen = wood["sensors"][0]["visible_percent"]
assert 0 < seen["30m"] < 0.8 * bare["30m"] and seen["500m"] < bare["500m"] + 1, (bare, seen)
END
expect 2 "$picket" plan site.toml -o bad --place 1 --like nobody
grep -q -e '--like: no such sensor' err || fail "--like: $(cat err)"

# Bad input: one sentence each, with the file.
site 47.998 9.0 none.tif 10000 >bad.toml
expect 2 "$picket" plan bad.toml -o bad --only visibility
grep -q 'none.tif: there is no such file' err || fail "no raster: $(cat err)"
# bad_raster RASTER WHAT: a raster that is no terrain is refused with a sentence
bad_raster() {
  site 47.998 9.0 "$1" 10000 >bad.toml
  expect 2 "$picket" plan bad.toml -o bad --only visibility
  [[ $(grep -c . err) == 1 ]] || fail "$1: $(cat err)"
  grep -q "site.terrain: $1: $2" err || fail "$1: $(cat err)"
}
gdal_translate -q -b 1 -b 1 hills.tif two.tif
bad_raster two.tif 'has 2 bands, .*gdal_translate -b 1'
gdal_translate -q -a_scale 0.1 -a_offset 100 hills.tif scaled.tif
bad_raster scaled.tif 'holds numbers that are heights only times 0.1, plus 100; .*-unscale'
gdal_translate -q -of VRT hills.tif feet.vrt
sed -i '/<VRTRasterBand/s|$|<UnitType>US survey foot</UnitType>|' feet.vrt
bad_raster feet.vrt 'its heights are in "US survey foot", expected metres'
gdal_translate -q -of VRT -a_srs 'LOCAL_CS["works",UNIT["metre",1]]' hills.tif works.vrt
bad_raster works.vrt 'does not say where on the earth its pixels lie .*-a_ullr'
sed '/GeoTransform/d' feet.vrt | sed '/UnitType/s|<UnitType>.*</UnitType>||' >nowhere.vrt
bad_raster nowhere.vrt 'does not say where on the earth its pixels lie'
head -c 300000 hills.tif >cut.tif
bad_raster cut.tif 'its heights cannot be read .*convert the file anew'
site 10 9.0 hills.tif 10000 >bad.toml
expect 2 "$picket" plan bad.toml -o bad --only visibility
grep -q 'no height within 10 km' err || fail "raster elsewhere: $(cat err)"
sed 's/height_agl_m = 10.0/height_amsl_m = 20.0/' site.toml >bad.toml
expect 2 "$picket" plan bad.toml -o bad --only visibility
grep -q 'under the terrain' err || fail "underground: $(cat err)"
sed 's/\(at = { lat = 47.998, lon = 9.\)0, height_agl_m = 3/\11, height_agl_m = 3/
  s/radius_m = 10000, /radius_m = 6000, /' site.toml >bad.toml
expect 2 "$picket" plan bad.toml -o bad
grep -q 'this place lies 7.5 km .*outside of the region.*widen site.region.radius_m' err ||
  fail "a sensor outside of the region: $(cat err)"
here='lat = 47.998, lon = 9.0, height_agl'
sed "0,/$here/s//lat = 48.9, lon = 9.0, height_hae/" site.toml >bad.toml
expect 0 "$picket" plan bad.toml -o bad --only visibility
grep -q 'sensor "radar/one": stands outside of the terrain' err || fail "outside: $(cat err)"
sed 's/max_range_m = 10000/max_range_m = 0/' site.toml >bad.toml
expect 2 "$picket" plan bad.toml -o bad --only visibility
grep -q 'bad.toml:12: sensor\[0\].field.max_range_m' err || fail "zero range: $(cat err)"
touch file
expect 3 "$picket" plan site.toml -o file --only visibility

if [[ -n ${PICKET_DATA:-} && -n ${PICKET_BENCH:-} ]]; then
  gdalwarp -q -t_srs EPSG:32619 -tr 90 90 -tap -r bilinear -ot Float32 -dstnodata -9999 \
    "$PICKET_DATA/terrain/N44W072.hgt" real.tif
  site 44.5 -71.5 real.tif 30000 >real.toml
  expect 0 "$picket" plan real.toml -o real --only visibility
  agree real.tif 44.5 -71.5 30000 real/min-visible-height/radar%2Fone.tif
else
  echo "skipped: real mountains, PICKET_DATA or PICKET_BENCH is not set"
fi
echo "plan: all as expected"
