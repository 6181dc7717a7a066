#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# learn.sh PICKET: sensors are simulated as they really are, planned as their owner believes them to
# be, and what is learned from flights whose place is known brings the one to the other.
# shellcheck source=tests/e2e/lib.bash
source "$(dirname "$0")/lib.bash"

# site EXTRA OBSCURED POWER: two sensors of physics, and a receiver of ADS-B
site() {
  cat <<END_SITE
[site]
name = "Learned"
origin = { lat = 48.0, lon = 9.0, height_hae_m = 500.0 }
region = { radius_m = 12000, ceiling_agl_m = 600 }
$1
[[sensor]]
id = "radar"
kind = "radar"
at = { lat = 48.0, lon = 9.0, height_hae_m = 520.0 }
measures = ["range", "azimuth", "elevation"]
sd = { range_m = 10, azimuth_deg = 0.5, elevation_deg = 0.5 }
field = { max_range_m = 11000 }
detect = { model = "radar_equation", power_w = $3, notch_mps = 0, rcs_dbsm = { aircraft = -10 } }
clutter = { per_look = 5 }
$2
[[sensor]]
id = "receiver"
kind = "position"
adsb = true
at = { lat = 48.0, lon = 9.0, height_hae_m = 520.0 }
measures = ["east", "north", "up"]
sd = { east_m = 10, north_m = 10, up_m = 20 }
detect = { model = "constant", probability = 0.99 }
clutter = { per_look = 0 }
END_SITE
}
# What is true: a quarter of the power, and something in the way in the east that no map shows.
{
  site "" 'obscured = [ { azimuth_deg = [90, 112.5], elevation_deg = [-5, 5] } ]' 0.4
  echo '[scenario]'
  echo 'start = "2026-03-01T06:00:00Z"'
  echo 'duration_s = 600'
  echo 'seed = 7'
  python3 - <<'END_FLIGHTS'
import math
# Fixed-wing drones to and fro north of 48 degrees and in the east: never in the south-west.
for i in range(40):
    a, b = math.radians(-30 + 4.0 * i), math.radians(150 - 4.3 * i)
    print(f'[[target]]\nid = "f{i}"\nprofile = "route"\nclass = "fixed_wing"\nspeed_mps = 60')
    print(f'height_hae_m = {700 + 40 * (i % 8)}\nidentity = {{ icao = "{0xA00000 + i:06X}" }}')
    route = []
    for k in range(6):
        angle = a if k % 2 == 0 else b
        r = 9500 - 700 * (i % 5)
        lat = 48 + r * math.cos(angle) / 111200
        lon = 9 + r * math.sin(angle) / 74500
        route.append(f'{{ lat = {lat:.5f}, lon = {lon:.5f} }}')
    print('points = [ ' + ', '.join(route) + ' ]')
END_FLIGHTS
} >scenario.toml
expect 0 "$picket" simulate scenario.toml -o world
site "" "" 1.6 >site.toml

# Learned from the receiver's reports, and from a log of the flights: much the same.
expect 0 "$picket" learn site.toml world/reports.jsonl -o learned.toml --json
cp out by_adsb.json
expect 0 "$picket" learn site.toml world/reports.jsonl world/truth.jsonl -o both.toml --json
cp out both.json
grep -v '"receiver"' world/reports.jsonl >alone.jsonl
expect 0 "$picket" learn site.toml world/truth.jsonl alone.jsonl -o by_log.toml --json
python3 - <<'END_CHECK' || fail "counts: $(cat by_adsb.json out)"
import json
adsb, log = json.load(open("by_adsb.json")), json.load(open("out"))
assert adsb["targets"] == log["targets"] == 40, (adsb, log)
(a,), (b,) = adsb["sensors"], log["sensors"]
assert a["id"] == "radar" and a["looks"] > 10000 and a["cells_measured"] > 30, a
# It sees a good deal less than was believed.
assert 0.2 < a["seen"] / a["expected"] < 0.8, a
assert abs(a["seen"] / a["expected"] - b["seen"] / b["expected"]) < 0.05, (a, b)
# Who gives both has not flown twice.
(c,) = json.load(open("both.json"))["sensors"]
assert c["looks"] < 1.1 * max(a["looks"], b["looks"]), (a, b, c)
assert abs(a["seen"] / a["expected"] - c["seen"] / c["expected"]) < 0.05, (a, c)
END_CHECK

# The plan with what was learned is nearer to the truth than the one without, where somebody flew.
site 'learned = "learned.toml"' "" 1.6 >taught.toml
sed '/^\[scenario\]/,$d' scenario.toml >true.toml
for name in site taught true; do
  expect 0 "$picket" plan $name.toml -o plan_$name --json
  cp out plan_$name.json
done
gdalinfo plan_taught/coverage/fixed_wing/pd-200m.tif | grep -q 'PD_BASIS=measured over [1-9]' ||
  fail "the raster does not say where p_D comes from"
gdalinfo plan_site/coverage/fixed_wing/pd-200m.tif | grep -q 'PD_BASIS=modelled' ||
  fail "the raster does not say that p_D is modelled"
grep -q 'measured over [1-9][0-9]* % of the region' plan_taught/index.html ||
  fail "the page is silent"
grep -q 'probabilities are <b>modelled</b>' plan_site/index.html || fail "the page is silent"
python3 - <<'END_CHECK' || fail "plans"
import json, math, struct, subprocess
def values(name):
    subprocess.run(["gdal_translate", "-q", "-of", "ENVI", name, "raw"], check=True)
    data = open("raw", "rb").read()
    return struct.unpack(f"<{len(data) // 4}f", data)
def pd(name):
    return values(f"plan_{name}/coverage/fixed_wing/pd-200m.tif")
believed, taught, true = pd("site"), pd("taught"), pd("true")
measured = values("plan_taught/coverage/fixed_wing/measured-200m.tif")
off = {0: [0, 0, 0], 1: [0, 0, 0]}
for b, t, r, m in zip(believed, taught, true, measured):
    if m < 0:
        continue
    o = off[int(m)]
    o[0] += 1
    o[1] += abs(b - r)
    o[2] += abs(t - r)
cells, before, after = off[1]
assert cells > 1000 and after < 0.4 * before, off
(share,) = [b for b in json.load(open("plan_taught.json"))["coverage"]
            if b["class"] == "fixed_wing" and b["height_agl_m"] == 200]
assert share["measured_percent"] > 5, share
# Where nobody flew the model stands as it was, and is called modelled.
side = math.isqrt(len(believed))
south_west = round(0.75 * side) * side + round(0.35 * side)
assert measured[south_west] == 0 and taught[south_west] == believed[south_west] > 0
END_CHECK

# The same input gives the same bytes, and the tracker takes the file as well.
expect 0 "$picket" learn site.toml world/reports.jsonl -o again.toml
cmp learned.toml again.toml || fail "not the same twice"
expect 0 "$picket" track taught.toml world/reports.jsonl --every 10 -o tracks.jsonl
expect 0 "$picket" check taught.toml

# Bad input: one sentence.
expect 2 "$picket" learn site.toml alone.jsonl -o none.toml
grep -q 'no target says where it was' err || fail "nothing known: $(cat err)"
expect 2 "$picket" learn site.toml missing.jsonl -o none.toml
grep -q 'missing.jsonl' err || fail "missing: $(cat err)"
sed 's/lat = 48.0, lon = 9.0, height_hae_m = 520.0/lat = 48.02, lon = 9.0, height_hae_m = 520.0/' \
  taught.toml >moved.toml
expect 2 "$picket" plan moved.toml -o bad
grep -q 'stands 22[0-9][0-9] m from where "learned.toml" was learned' err ||
  fail "moved: $(cat err)"
sed -i 's/looks = [0-9]*/looks = 1.5/' learned.toml
expect 2 "$picket" plan taught.toml -o bad
grep -q 'taught.toml:5: site.learned: .*looks: is no whole number' err || fail "broken: $(cat err)"
[[ ! -e none.toml ]] || fail "a file was left behind"
echo "learn: all as expected"
