#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check.sh PICKET: picket check from the outside: what is recognised, what is told, exit codes.
# With PICKET_BENCH the benchmark's exports as well, with PICKET_DATA a site on real terrain.
# shellcheck source=tests/e2e/lib.bash
source "$(dirname "$0")/lib.bash"
examples=$here/../../examples

# told TEXT...: each stands in out
told() {
  local text
  for text in "$@"; do
    grep -qF -- "$text" out || fail "not told: $text; but: $(cat out)"
  done
}

# Sound files, one line of verdict each.
expect 0 "$picket" check "$examples/harbour.toml" "$examples/reports.jsonl"
[[ $(wc -l <out) == 2 ]] || fail "not one line a file: $(cat out)"
told "harbour.toml: sound site: 8 sensors, 2 places, 2 areas" \
  "reports.jsonl: sound reports: 5 lines"
expect 0 "$picket" check "$examples/port.toml"
told "port.toml: sound site: 9 sensors, 1 place"
echo '{"time":1,"targets":[{"id":"a","enu_m":[0,0,50]}]}' >truth
echo '{"time":1,"tracks":[]}' >tracks
expect 0 "$picket" check truth tracks
told "truth: sound truth: 1 line, 1 target" "tracks: sound tracks: 1 line, 0 tracks"
expect 0 "$picket" check - <tracks
told "standard input: sound tracks"
cat "$examples/../scenarios/demo.toml" >demo.toml
expect 0 "$picket" check demo.toml
told "demo.toml: sound scenario"

# Captures of sensors: each message is decoded, and what is damaged is told of with its place.
printf '*8D4840D6202CC371C32CE0576098;\n*8D485020994409940838175B284F;\n' >capture
expect 0 "$picket" check capture
told "capture: sound avr: 2 messages"
printf '*8D485020994409940838175B2850;\n' >>capture
expect 1 "$picket" check capture
told "capture:3:" "the parity of this DF 17 does not fit" "not sound as avr: 1 violation"
expect 1 "$picket" check --as asterix capture
told "not sound as asterix"

# Every violation with its line and field; the lines around it are looked at all the same.
{
  cat "$examples/reports.jsonl"
  echo '{"time":"2026-03-01T12:00:01Z","sensor":"a","detections":[{"range_m":1},{"range_m":-1}]}'
  echo 'nonsense'
  echo
  echo '{"time":"2026-03-01T12:00:01Z","sensor":"a","mood":"good","detections":[]}'
  "$python" -c 'print("{\"time\":1," + " " * 9000000 + "\"sensor\":\"a\",\"detections\":[]}")'
  "$python" -c 'print("[" * 99 + "]" * 99)'
} >reports
expect 1 "$picket" check reports
told "reports:6: detections[1].range_m: is -1, expected a number in [0, 10000000] m" \
  "reports:7: is no JSON" "reports:10: has 9000039 bytes, expected at most 8388608" \
  "reports:11: is nested deeper than 16" "note: mood is no key that is known, in 1 line" \
  "reports: not sound as reports: 4 violations"
expect 1 "$picket" check --json reports
"$python" -c '
import json
v = json.loads(open("out").read())
assert v["sound"] is False and v["kind"] == "reports" and v["violations"] == 4, v
assert v["errors"][0]["line"] == 6 and v["errors"][0]["field"] == "detections[1].range_m", v
' || fail "--json: $(cat out)"

{ echo damage && cat "$examples/reports.jsonl"; } >damaged
expect 1 "$picket" check damaged
told "damaged:1: is no JSON" "damaged: not sound as reports: 1 violation"

sed -e 's/lat = 37.4500/lat = 97/' -e 's/period_s = 4.0/perriod_s = 4.0/' \
  -e 's/births_per_hour = 20.0/births_per_hour = nan/' "$examples/harbour.toml" >bad.toml
expect 1 "$picket" check bad.toml tracks
told "bad.toml:7: site.origin.lat: is 97, expected a number in [-90, 90] degrees" \
  'sensor[1].perriod_s: is no key that is known here, did you mean "period_s"?' \
  "tracker.births_per_hour: is nan, expected" "bad.toml: not sound as site: 3 violations" \
  "tracks: sound tracks"
sed -e 's/^# terrain = /terrain = /' "$examples/harbour.toml" >no_terrain.toml
expect 1 "$picket" check no_terrain.toml
told "no_terrain.toml: site.terrain: N37E126.hgt: there is no such file"

# What cannot be read, and what nobody asked for.
expect 2 "$picket" check none.toml tracks
told "none.toml: cannot be opened: No such file or directory" "tracks: sound tracks"
head -c 1000 /dev/urandom | tr '{' '\0' >noise
printf '\0' >>noise
expect 1 "$picket" check noise
told "noise: is not recognised"
expect 2 "$picket" check --as nothing tracks
expect 2 "$picket" check
expect 1 "$picket" check --as site tracks

if [[ -z ${PICKET_BENCH:-} ]]; then
  echo "skipped: the benchmark's exports, PICKET_BENCH is not set"
else
  for scenario in A B C D E F; do
    "$python" "$PICKET_BENCH/tracking/generate.py" --scenario $scenario --seed 1 --out $scenario
    "$python" "$PICKET_BENCH/tracking/export.py" $scenario
    expect 0 "$picket" check $scenario/site.toml $scenario/reports.jsonl $scenario/truth.jsonl
    told "$scenario/site.toml: sound site" "$scenario/reports.jsonl: sound reports"
  done
fi
echo "check: all as expected"
