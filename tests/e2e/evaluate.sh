#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# evaluate.sh PICKET: picket evaluate from the outside. With PICKET_BENCH its figures are compared
# with those of an independent scorer on tracks that are made up from the truth.
set -euo pipefail
picket=$(realpath "$1")
here=$(realpath "$(dirname "$0")")
# Debian's own python3, because python3-numpy and python3-scipy are installed for that one.
python=${PYTHON:-/usr/bin/python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
  echo "evaluate: $*" >&2
  exit 1
}
# expect CODE COMMAND...: runs it, with its output in out and err
expect() {
  local code=$1 got=0
  shift
  "$@" >out 2>err || got=$?
  [[ $got == "$code" ]] || fail "exit $got, expected $code: $*: $(head -3 err)"
}

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
grep -q '^GOSPA  *6.07 m mean' out || fail "text: $(cat out)"
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
expect 2 "$picket" evaluate truth.jsonl geo_tracks.jsonl --c -1

if [[ -z ${PICKET_BENCH:-} ]]; then
  echo "skipped: the comparison with the independent scorer, PICKET_BENCH is not set"
  exit 0
fi
for scenario in B D; do
  "$python" "$PICKET_BENCH/tracking/generate.py" --scenario $scenario --seed 3 --out $scenario
  "$python" "$PICKET_BENCH/tracking/export.py" $scenario
  "$python" "$here/evaluate_compare.py" tracks $scenario 7 made_up.jsonl
  "$picket" evaluate $scenario/truth.jsonl made_up.jsonl --c 100 --json >scores.json
  "$python" "$here/evaluate_compare.py" compare $scenario made_up.jsonl scores.json ||
    fail "scenario $scenario differs from the independent scorer"
done
echo "evaluate: all as expected"
