#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# plan_place.sh PICKET: where picket plan puts more sensors, from the outside, on made-up hills.
# shellcheck source=tests/e2e/lib.bash
source "$(dirname "$0")/lib.bash"

# refused SENTENCE ARGUMENT...: bad input, which is told in that one sentence
refused() {
  local sentence=$1
  shift
  expect 2 "$picket" plan site.toml -o bad "$@"
  grep -qF -e "$sentence" err || fail "expected \"$sentence\": $(cat err)"
}

# A ridge from north to south through 9 E in UTM zone 32, 200 m over a plain; 60 m cells. Its
# western half of the north is not known.
python3 - <<'END'
import json, math
n = 201
with open("hills.asc", "w") as f:
    f.write(f"ncols {n}\nnrows {n}\nxllcorner {500000 - n * 30}\nyllcorner {5316300 - n * 30}\n")
    f.write("cellsize 60\nNODATA_value -9999\n")
    for row in range(n):
        f.write(" ".join(
            "-9999" if row < 50 and column < 90 else
            f"{400 + 200 * math.exp(-((column - 100) / 8) ** 2) + 10 * math.sin(row / 5):.1f}"
            for column in range(n)) + "\n")
def layer(name, *features):
    json.dump({"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"name": of}, "geometry": {
            "type": kind, "coordinates": at}} for of, kind, at in features]}, open(name, "w"))
def box(west, south, east, north):
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]
layer("points.json", ("Hill <top>", "Point", [9.0, 47.99]), ("Plain", "Point", [9.03, 47.99]),
      ("Far", "Point", [10.0, 47.99]), ("Hole", "Point", [8.97, 48.035]))
layer("elsewhere.json", ("Far", "Point", [10.0, 47.99]), ("Hole", "Point", [8.97, 48.035]))
layer("wood.json", ("Wood", "Polygon", box(9.02, 47.98, 9.04, 48.0)))
layer("dot.json", ("Dot", "Polygon", box(9.02, 47.98, 9.02001, 47.98001)))
layer("mixed.json", ("Hill", "Point", [9.0, 47.99]),
      ("Wood", "Polygon", box(9.02, 47.98, 9.04, 48.0)))
layer("road.json", ("Road", "LineString", [[8.9, 47.985], [9.1, 47.985]]))
layer("yard.json", ("Yard", "Polygon", box(9.0, 47.98, 9.00001, 47.98001)))
layer("valley.json", ("Road", "LineString", [[9.012, 47.96], [9.012, 48.02]]))
layer("empty.json")
layer("two.json", ("East", "Point", [9.035, 47.99]), ("South", "Point", [9.0, 47.965]))
END
gdal_translate -q -ot Float32 -a_srs EPSG:32632 -a_nodata -9999 hills.asc hills.tif
cat >site.toml <<'END'
[site]
name = "test"
origin = { lat = 47.998, lon = 9.0, height_hae_m = 400.0 }
terrain = ["hills.tif"]
region = { radius_m = 5000, ceiling_agl_m = 300 }
[[sensor]]
id = "radar"
kind = "radar"
at = { lat = 47.998, lon = 8.95, height_agl_m = 10.0 }
measures = ["range", "azimuth"]
sd = { range_m = 15, azimuth_deg = 0.5 }
field = { max_range_m = 3000 }
END

# Stated points: only they are chosen, by their names; what cannot be used is told of.
expect 0 "$picket" plan site.toml -o points --place 2 --sites points.json --json
grep -q 'points.json: sites are left out: 1 outside of the region, 1 on unknown ground' err ||
  fail "points left out: $(cat err)"
python3 - <<'END' || fail "points: $(cat out)"
import json, pathlib
sites = json.load(open("out"))["placement"]["sites"]
assert [s["name"] for s in sites] == ["Plain", "Hill <top>"], sites
assert abs(sites[0]["lat"] - 47.99) < 1e-9 and abs(sites[0]["lon"] - 9.03) < 1e-9, sites
assert sites[0]["closes_percent"] > sites[1]["closes_percent"] > 0, sites
assert "Hill &lt;top&gt;" in pathlib.Path("points/index.html").read_text()
assert "Hill &lt;top&gt;" in pathlib.Path("points/coverage/coverage.kml").read_text()
END
# Polygons: cells in them.
expect 0 "$picket" plan site.toml -o wood --place 2 --sites wood.json --json
python3 - <<'END' || fail "polygon: $(cat out)"
import json
for s in json.load(open("out"))["placement"]["sites"]:
    assert 9.02 < s["lon"] < 9.04 and 47.98 < s["lat"] < 48.0 and "name" not in s, s
END
# Ridge cells near a road; whatever the number of threads.
expect 0 "$picket" plan site.toml -o road --place 2 --access road.json --access-m 200 --json
expect 0 "$picket" plan site.toml -o again --place 2 --access road.json --access-m 200 --threads 3 \
  --json
diff -r road again || fail "threads change where sensors go"
python3 - <<'END' || fail "access: $(cat out)"
import json
for s in json.load(open("out"))["placement"]["sites"]:
    assert abs(s["lat"] - 47.985) * 111e3 < 200 + 60, s
    assert abs(s["lon"] - 9.0) * 74e3 < 1000 or abs(s["lon"] - 9.0) * 74e3 > 1400, s
END
# A polygon smaller than a cell gives access too.
expect 0 "$picket" plan site.toml -o yard --place 1 --access yard.json --access-m 100 --json
python3 - <<'END' || fail "yard: $(cat out)"
import json
(s,) = json.load(open("out"))["placement"]["sites"]
assert abs(s["lat"] - 47.98) * 111e3 < 160 and abs(s["lon"] - 9.0) * 74e3 < 160, s
END

# Types with cost: a sensor of the site and a preset, within a budget, one a site.
expect 0 "$picket" plan site.toml -o types --budget 7 --like radar=3 --like radar-drone-x=2.5 \
  --sites points.json --json
python3 - <<'END' || fail "types: $(cat out)"
import json, pathlib
p = json.load(open("out"))["placement"]
assert p["types"] == [{"like": "radar", "cost": 3}, {"like": "radar-drone-x", "cost": 2.5}], p
assert p["budget"] == 7 and "count" not in p
costs = {t["like"]: t["cost"] for t in p["types"]}
assert 1 <= len(p["sites"]) <= 2 and all(s["cost"] == costs[s["like"]] for s in p["sites"])
assert len({s["name"] for s in p["sites"]}) == len(p["sites"]), "one a site"
assert sum(s["cost"] for s in p["sites"]) == p["cost"] <= 7
assert p["bound_percent"] >= p["closes_percent"] > 0
layer = json.load(open("types/coverage/new-sites.geojson"))["features"]
assert [f["properties"]["like"] for f in layer] == [s["like"] for s in p["sites"]]
assert [f["geometry"]["coordinates"] for f in layer] == [[s["lon"], s["lat"]] for s in p["sites"]]
assert layer[0]["properties"]["name"] == p["sites"][0]["name"]
page = pathlib.Path("types/index.html").read_text()
assert "of 7" in page and f"<td>{p['sites'][0]['like']}</td>" in page
END
# What costs more is bought less.
expect 0 "$picket" plan site.toml -o dear --place 2 --budget 3 --like radar=3 \
  --sites points.json --json
python3 - <<'END' || fail "budget: $(cat out)"
import json
p = json.load(open("out"))["placement"]
assert len(p["sites"]) == 1 and p["cost"] == 3 and p["count"] == 2, p
END

# Gaps near what is protected weigh more: the nearer candidate is chosen, whichever that is.
for near in 'East 47.99 9.035' 'South 47.965 9.0'; do
  read -r name lat lon <<<"$near"
  {
    cat site.toml
    printf '[[place]]\nname = "Town"\nat = { lat = %s, lon = %s }\nradius_m = 100\n' "$lat" "$lon"
  } >town.toml
  expect 0 "$picket" plan town.toml -o town --place 1 --sites two.json --near-m 500 --json
  python3 - "$name" <<'END' || fail "near a place: $(cat out)"
import json, pathlib, sys
p = json.load(open("out"))["placement"]
assert [s["name"] for s in p["sites"]] == [sys.argv[1]] and p["near_m"] == 500, p
assert 50 < p["closes_percent"] <= p["bound_percent"] <= 100, p
assert "every 500 m" in pathlib.Path("town/index.html").read_text()
END
done

# For the longest warning: what is told is what a plan says of the site with these sensors in it,
# and more than sensors that close the most gaps guarantee.
{
  cat site.toml
  printf '[[place]]\nname = "Town <1>"\nat = { lat = 47.99, lon = 9.03 }\nradius_m = 300\n'
} >warn.toml
for what in warning coverage; do
  expect 0 "$picket" plan warn.toml -o "$what" --place 3 --like radar --for "$what" --json
  mv out "$what.json"
  python3 - "$what.json" >>"$what.toml" <<'END'
import json, sys
print(open("warn.toml").read())
for i, s in enumerate(json.load(open(sys.argv[1]))["placement"]["sites"]):
    print(f"""[[sensor]]
id = "new{i}"
kind = "radar"
at = {{ lat = {s["lat"]!r}, lon = {s["lon"]!r}, height_agl_m = 10.0 }}
measures = ["range", "azimuth"]
sd = {{ range_m = 15, azimuth_deg = 0.5 }}
field = {{ max_range_m = 3000 }}""")
END
  expect 0 "$picket" plan "$what.toml" -o "$what-again" --json
  mv out "$what-again.json"
done
expect 0 "$picket" plan warn.toml -o threads --place 3 --like radar --for warning --threads 3 --json
diff -r warning threads || fail "threads change where sensors go"
python3 - <<'END' || fail "warning: $(cat warning.json)"
import json, math, pathlib
def planned(name):
    of = [c for p in json.load(open(name))["warning_time"] for c in p["classes"]]
    return min(c["guaranteed_s"] for c in of), min(c["detected"] for c in of)
p = json.load(open("warning.json"))["placement"]
assert p["for"] == "warning" and "closes_percent" not in p, p
time_s, detected = planned("warning-again.json")
assert math.isclose(p["after"]["guaranteed_s"], time_s, abs_tol=1e-6), (p["after"], time_s)
assert math.isclose(p["after"]["detected"], detected, abs_tol=1e-4), (p["after"], detected)
assert p["before"] == dict(zip(("guaranteed_s", "detected"), planned("warning.json"))), p["before"]
assert p["bound"]["guaranteed_s"] >= time_s > planned("coverage-again.json")[0], p
assert min(c["guaranteed_s"] for c in p["warning_time"][0]["classes"]) == time_s
assert all(s["guaranteed_without"]["guaranteed_s"] < time_s for s in p["sites"]), p["sites"]
layer = json.load(open("warning/coverage/new-sites.geojson"))["features"]
assert [f["properties"]["guaranteed_without_s"] for f in layer] == [
    s["guaranteed_without"]["guaranteed_s"] for s in p["sites"]]
page = pathlib.Path("warning/index.html").read_text()
assert "the longest warning" in page and "<th>Town &lt;1&gt;</th>" in page
END

# Bad input: one sentence each, before anything is computed.
refused 'empty.json: holds no point, no polygon and no line' --place 1 --sites empty.json
refused 'elsewhere.json: holds no point in the region on known ground: 1 outside, 1 on unknown' \
  --place 1 --sites elsewhere.json
refused 'dot.json: holds no cell (60 m) of the region on known ground; give points' \
  --place 1 --sites dot.json
refused 'points.json: holds points alone' --place 1 --sites points.json --access road.json
refused 'points.json: holds no line and no polygon' --place 1 --access points.json
refused 'valley.json: gives access to no ridge cell within 100 m' \
  --place 1 --access valley.json --access-m 100
refused 'valley.json: gives access to no ridge cell in the shapes of wood.json within 100 m' \
  --place 1 --sites wood.json --access valley.json --access-m 100
refused 'nothing.json: ' --place 1 --sites nothing.json
refused '--like: no such sensor' --place 1 --like nobody
refused '--sites requires --place or --budget' --sites points.json
refused '--like: "radar" costs "much", expected a number' --place 1 --like radar=much
refused '--like: "radar" costs "0", expected a number' --place 1 --like radar=0
refused '--like: names "radar" twice' --place 1 --like radar --like radar=2
refused '--like: "remote-id-receiver" only hears' --place 1 --like remote-id-receiver
refused '--near-m: the site names no place' --place 1 --near-m 500
refused '--for: the site names no place that is to be warned' --place 1 --for warning
expect 2 "$picket" plan warn.toml -o bad --place 1 --for warning --near-m 500
grep -qF -e '--near-m: weighs cells of coverage' err || fail "near_m: $(cat err)"
{
  cat warn.toml
  printf '[[place]]\nname = "Far"\nat = { lat = 48.2, lon = 9.03 }\nradius_m = 300\n'
} >far.toml
expect 2 "$picket" plan far.toml -o bad --place 1 --for warning
grep -qF -e '--for: place "Far": lies' err || fail "far: $(cat err)"
refused '--for: tea not in {coverage,warning}' --place 1 --for tea
refused '--for requires --place or --budget' --for warning
refused '--budget: is 1, expected at least 2, what the cheapest' --budget 1 --like radar=2
# Points that remain are looked at, beside shapes that have no cell with access.
expect 0 "$picket" plan site.toml -o mixed --place 1 --sites mixed.json --access valley.json \
  --access-m 100 --json
grep -q 'valley.json: gives access to no ridge cell in the shapes of mixed.json' err ||
  fail "mixed: $(cat err)"
grep -q '"name":"Hill"' out || fail "mixed: $(cat out)"
echo "plan_place: all as expected"
