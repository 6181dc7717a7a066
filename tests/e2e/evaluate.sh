#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# evaluate.sh PICKET: picket evaluate from the outside. With PICKET_BENCH its figures are compared
# with those of an independent scorer on tracks that are made up from the truth.
# shellcheck source=tests/e2e/lib.bash
source "$(dirname "$0")/lib.bash"

# By hand: 3 m off at the first instant, missed at the second, one false track at the third, whose
# picture is 0.25 s old and has moved on by then.
cat >truth.jsonl <<'END'
{"time":100,"targets":[{"id":"a","class":"bird","enu_m":[0,0,50],"vel_enu_mps":[4,0,0]}]}
{"time":101,"targets":[{"id":"a","class":"bird","enu_m":[4,0,50],"vel_enu_mps":[4,0,0]}]}
{"time":102,"targets":[{"id":"a","class":"bird","enu_m":[8,0,50],"vel_enu_mps":[4,0,0]}]}
END
cat >tracks.jsonl <<'END'
{"time":100,"tracks":[{"id":1,"enu_m":[0,3,0],"vel_enu_mps":[4,0,0],"class":{"bird":1}}]}
{"time":101,"tracks":[]}
{"time":101.75,"tracks":[{"id":1,"enu_m":[7,4,0],"vel_enu_mps":[4,0,0]},{"id":2,"enu_m":[900,0,0]}]}
END
expect 0 "$picket" evaluate truth.jsonl tracks.jsonl --c 10 --json
"$python" - <<'END' || fail "figures by hand: $(cat out)"
import json, math
s = json.load(open("out"))
g = [3.0, math.sqrt(50), math.sqrt(16 + 50)]
assert abs(s["gospa_mean"] - sum(g) / 3) < 1e-12
assert abs(s["gospa_rms"] - math.sqrt(sum(x * x for x in g) / 3)) < 1e-12
assert s["epochs"] == 3 and s["epochs_without_picture"] == 0
assert s["switches"] == 0 and s["frags"] == 1
assert s["class"]["correct"] == 1.0 and s["siap"]["velocity_mps"] == 0.0
END
expect 0 "$picket" evaluate truth.jsonl tracks.jsonl --c 10
grep -q '^  GOSPA  *6.07 m  *6.45 m' out || fail "text: $(cat out)"
expect 0 "$picket" evaluate truth.jsonl - --c 10 --max-age 0.1 --json <tracks.jsonl
grep -q '"epochs_without_picture":1' out || fail "a picture that is too old counted: $(cat out)"

# The same flight in degrees: the tracks' own degrees are compared.
cat >geo.jsonl <<'END'
{"time":100,"targets":[{"id":"a","lat_deg":60,"lon_deg":20,"alt_hae_m":50}]}
END
cat >geo_tracks.jsonl <<'END'
{"time":100,"tracks":[{"id":1,"enu_m":[1,1,1],"lat_deg":60.0001,"lon_deg":20,"alt_hae_m":50}]}
END
expect 0 "$picket" evaluate geo.jsonl geo_tracks.jsonl --json
"$python" -c 'import json; assert abs(json.load(open("out"))["gospa_mean"] - 11.14) < 0.01' ||
  fail "degrees: $(cat out)"

# Bad input: one line that says where, exit 2.
echo '{"time":99,"tracks":[]}' >>tracks.jsonl
expect 2 "$picket" evaluate truth.jsonl tracks.jsonl
grep -q 'tracks.jsonl:4: time: goes back in time' err || fail "order: $(cat err)"
echo '{"time":100,"targets":[{"id":"a"}]}' >bad.jsonl
expect 2 "$picket" evaluate bad.jsonl geo_tracks.jsonl
grep -q 'bad.jsonl:1: targets\[0\]: has no position' err || fail "position: $(cat err)"
expect 2 "$picket" evaluate none.jsonl geo_tracks.jsonl
# refused TRUTH TRACKS SENTENCE
refused() {
  expect 2 "$picket" evaluate "$1" "$2"
  [[ $(wc -l <err) == 1 ]] || fail "more than one line: $(cat err)"
  grep -qF "$3" err || fail "not told: $3; but: $(cat err)"
}
: >empty.jsonl
refused empty.jsonl geo_tracks.jsonl 'empty.jsonl: is empty, expected lines of truth'
refused geo.jsonl empty.jsonl 'empty.jsonl: is empty, expected lines of tracks'
echo >blank.jsonl
refused blank.jsonl geo_tracks.jsonl 'blank.jsonl: holds no instant of truth to score'
refused geo.jsonl blank.jsonl 'blank.jsonl: holds no picture to score'
sed 's/"time":100/"time":500/' geo_tracks.jsonl >later.jsonl
refused geo.jsonl later.jsonl 'no picture stands within 0.5 s before any instant of the truth'
sed 's/\[/[{"id":"a","lat_deg":60,"lon_deg":21,"alt_hae_m":50},/' geo.jsonl >twice.jsonl
refused twice.jsonl geo_tracks.jsonl 'twice.jsonl:1: targets[1].id: "a" stands twice'
sed 's/\[{/[{"id":1,"lat_deg":60,"lon_deg":21,"alt_hae_m":50},{/' geo_tracks.jsonl >twice.jsonl
refused geo.jsonl twice.jsonl 'twice.jsonl:1: tracks[1].id: 1 stands twice'
cat geo.jsonl geo.jsonl >twice.jsonl
refused twice.jsonl geo_tracks.jsonl 'twice.jsonl:2: time: is that of the line before'
sed 's/"lat_deg":60/"lat_deg":NaN/' geo.jsonl >nan.jsonl
refused nan.jsonl geo_tracks.jsonl 'nan.jsonl:1:'
(sed 's/"time":100/"time":99/' geo.jsonl; head -1 truth.jsonl) >mixed.jsonl
refused mixed.jsonl geo_tracks.jsonl 'mixed.jsonl:2: targets[0]: has a position in local metres'

head -3 tracks.jsonl >good.jsonl
expect 2 "$picket" evaluate truth.jsonl good.jsonl --classes aircraft,multirotor
grep -qF 'truth.jsonl: holds no target of class aircraft or multirotor' err || fail "$(cat err)"

# A site file gives frame and places; a page holds its plots and nothing from elsewhere.
cat >site.toml <<'END'
[site]
name = "Harbour"
origin = { lat = 60.0, lon = 20.0, height_hae_m = 0.0 }
[[sensor]]
id = "radar"
kind = "radar"
at = { east_m = 0, north_m = 0, up_m = 0 }
period_s = 1.0
measures = ["range", "azimuth"]
sd = { range_m = 10.0, azimuth_deg = 0.5 }
field = { max_range_m = 10000 }
detect = { model = "constant", probability = 0.9 }
clutter = { per_look = 1 }
[[place]]
name = "Pier <1>"
at = { lat = 60.0, lon = 20.0 }
radius_m = 5
END
"$python" - >sure.jsonl <<'END'
import json
cov = [(9 if i < 3 else 1) * (i == j) for i in range(6) for j in range(6)]
print(json.dumps({"time": 100, "tracks": [{"id": 1, "enu_m": [0, 3, 0], "cov": cov}]}))
END
expect 0 "$picket" evaluate truth.jsonl - --c 10 --site site.toml --html page.html <sure.jsonl
grep -q 'a  *bird  *0.0 s .* 00:01:40.0 at Pier <1> ' out || fail "arrival: $(cat out)"
grep -q 'position (2) *1.000 ' out || fail "NEES: $(cat out)"
grep -q '<svg' page.html || fail "no plots"
grep -q 'Pier &lt;1&gt;' page.html || fail "names are not escaped"
! grep -qE 'https?:|<script|src=' page.html || fail "the page wants something from elsewhere"

expect 0 "$picket" evaluate truth.jsonl sure.jsonl --c 10 --site site.toml --html -
sed 's/\(<title>\|<h1>\)-/\1sure.jsonl/' page.html | cmp -s - out ||
  fail "the page on standard output is another one"
expect 2 "$picket" evaluate truth.jsonl sure.jsonl --json --html -
expect 0 "$picket" evaluate truth.jsonl sure.jsonl --no-trajectory
grep -q 'Trajectory GOSPA was not computed: it was not asked for.' out || fail "$(cat out)"

# The same flight as COURAGEOUS logs, the truth once a second, the tracks twice.
"$python" - <<'END'
import json
def log(step, off_m, name):
    records = [{"time": 1696421400000 + int(1000 * step * k), "record_number": k,
                "classification": "UAV", "alarm": {"active": True, "certainty": 1},
                "location": {"$type": "Position3d", "lat": 60 + 1e-4 * step * k,
                             "lon": 20 + off_m / 55800, "height_amsl": 50}}
               for k in range(int(20 / step))]
    return {"version": "0.4.1", "vendor_name": "v", "system_name": "s",
            "static_cuas_location": {"lat": 60, "lon": 20, "height_amsl": 0},
            "detection": [], "tracks": [{"uas_id": 0, "name": name, "records": records}]}
json.dump(log(1.0, 0, "drone"), open("trial_truth.json", "w"))
json.dump(log(0.5, 8, "x"), open("trial_tracks.json", "w"))
END
expect 0 "$picket" evaluate trial_truth.json trial_tracks.json --json
"$python" - <<'END' || fail "trial logs: $(cat out)"
import json
s = json.load(open("out"))
assert abs(s["gospa_mean"] - 8) < 0.05 and s["epochs"] == 20, s
assert s["targets"][0]["id"] == "drone" and s["completeness"] == 1 and s["tracks"] == 1
END
sed 's/"Position3d"/"Bearing", "bearing": 9/g' trial_truth.json >ways.json
refused trial_truth.json ways.json 'holds no track with a position; 20 records of tracks tell a dir'
sed 's/"0.4.1"/"0.3.3"/' trial_truth.json >old.json
refused old.json trial_tracks.json 'old.json: version: is "0.3.3", expected schema 0.4'
refused truth.jsonl trial_tracks.json 'is in degrees, but the truth in local metres; --site names'
expect 2 "$picket" evaluate truth.jsonl geo_tracks.jsonl --c -1

if [[ -z ${PICKET_BENCH:-} ]]; then
  echo "skipped: the comparison with the independent scorer, PICKET_BENCH is not set"
  exit 0
fi
for scenario in A B D F; do
  "$python" "$PICKET_BENCH/tracking/generate.py" --scenario $scenario --seed 3 --out $scenario
  "$python" "$PICKET_BENCH/tracking/export.py" $scenario
  "$python" "$here/evaluate_compare.py" tracks $scenario 7 made_up.jsonl
  "$picket" evaluate $scenario/truth.jsonl made_up.jsonl --c 100 --json >scores.json
  "$python" "$here/evaluate_compare.py" compare $scenario made_up.jsonl scores.json ||
    fail "scenario $scenario differs from the independent scorer"
done
echo "evaluate: all as expected"
