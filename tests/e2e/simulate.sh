#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# simulate.sh PICKET: scenarios from the outside. The same seed writes the same bytes, what is
# written is sound, and the tracks that come of it lie on the truth. With PICKET_DATA also real
# flights (bench/real_flights.py).
# shellcheck source=tests/e2e/lib.bash
source "$(dirname "$0")/lib.bash"
root=$(realpath "$here/../..")

for scenario in "$root"/scenarios/*.toml; do
  name=$(basename "$scenario" .toml)
  expect 0 "$picket" check "$scenario"
  expect 0 "$picket" simulate "$scenario" -o "$name" --duration 40
  expect 0 "$picket" simulate "$scenario" -o again --duration 40
  diff -r "$name" again >/dev/null || fail "$name: two runs differ"
  expect 0 "$picket" check "$name/site.toml"
  [[ -s $name/reports.jsonl && $(wc -l <"$name/truth.jsonl") == 41 ]] || fail "$name: too little"
  rm -r again
done
expect 0 "$picket" simulate demo -o built-in --duration 40
diff -r demo built-in >/dev/null || fail "the built-in demo is not scenarios/demo.toml"
expect 0 "$picket" simulate demo -o other --duration 40 --seed 1 --json
cmp -s demo/reports.jsonl other/reports.jsonl && fail "another seed writes the same reports"
grep -q '"detections":' out || fail "--json: $(cat out)"

# Every target that flies over the airport is tracked within seconds, and little else is.
expect 0 "$picket" simulate "$root/scenarios/airport.toml" -o airport
expect 0 "$picket" track airport/site.toml airport/reports.jsonl --every 1 -o tracks.jsonl
python3 - <<'END' || fail "tracks of scenarios/airport.toml"
import json, math
truth = {}
for line in open("airport/truth.jsonl"):
    instant = json.loads(line)
    truth[instant["time"]] = instant["targets"]
held, present, false = 0, 0, 0
def metres(p):
    return p["lat_deg"] * 111000, p["lon_deg"] * 90600
for line in open("tracks.jsonl"):
    picture = json.loads(line)
    tracks = [metres(track) for track in picture["tracks"]]
    targets = [metres(target) for target in truth.get(picture["time"], [])]
    near = [min((math.dist(target, t) for t in tracks), default=1e9) for target in targets]
    present += len(near)
    held += sum(d < 150 for d in near)
    false += max(0, len(tracks) - len(targets))
print(held / present, false / present)
raise SystemExit(0 if held > 0.95 * present and false < 0.05 * present else 1)
END

expect 2 "$picket" simulate missing.toml -o x
printf '[scenario]\nstart = "today"\n' >bad.toml
expect 2 "$picket" simulate bad.toml -o x
grep -q '^bad.toml:2: scenario.start: ' err || fail "no line and field: $(cat err)"
expect 2 "$picket" simulate "$root/scenarios/airport.toml"
expect 3 "$picket" simulate "$root/scenarios/airport.toml" -o /dev/null/x

if [[ -n ${PICKET_DATA:-} ]]; then
  "$root/bench/real_flights.py" --picket "$picket" >flights || fail "real flights: $(cat flights)"
  cat flights
  awk 'NR > 2 && $(NF - 6) < 95 { exit 1 }' flights || fail "a real flight was held too little"
else
  echo "simulate: real flights skipped, PICKET_DATA is not set"
fi
echo "simulate: all held"
