#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# track.sh PICKET: picket track from the outside. Each kind of bad input is told of once, with its
# place and how often it came, and changes nothing of the tracks that the good input beside it
# gives. With PICKET_DATA a real airliner as well.
# shellcheck source=tests/e2e/lib.bash
source "$(dirname "$0")/lib.bash"

# told TEXT...: each stands in err
told() {
  local text
  for text in "$@"; do
    grep -qF -- "$text" err || fail "not told: $text; but: $(head -c 2000 err)"
  done
}

cat >site.toml <<'END'
[site]
name = "Harbour"
origin = { lat = 37.45, lon = 126.6, height_hae_m = 25.0 }
region = { radius_m = 30000, ceiling_agl_m = 1500 }

[[sensor]]
id = "radar"
kind = "radar"
at = { lat = 37.46, lon = 126.59, height_hae_m = 40.0 }
period_s = 1.0
measures = ["range", "azimuth", "elevation", "range_rate"]
sd = { range_m = 12.0, azimuth_deg = 0.4, elevation_deg = 0.8, range_rate_mps = 0.4 }
field = { min_range_m = 150, max_range_m = 15000, elevation_deg = [-2, 40] }
detect = { model = "constant", probability = 0.9 }
clutter = { per_look = 5 }
END

# One target flies past at 30 m/s; and the same with every kind of damage, one file each.
python3 - <<'END'
import json, math, os, random

random.seed(3)
def look(t, **more):
    e, n, u = -4000 + 30 * t, 3000.0, 200.0
    r = math.sqrt(e * e + n * n + u * u)
    plot = {"range_m": round(r + random.gauss(0, 8), 1),
            "azimuth_deg": round(math.degrees(math.atan2(e, n)) % 360, 3),
            "elevation_deg": round(math.degrees(math.asin(u / r)), 2),
            "range_rate_mps": round(30 * e / r, 2)}
    report = {"time": f"2026-03-01T12:00:{t:02d}Z", "sensor": "radar", "detections": [plot]}
    return json.dumps(report | more)

good = [look(t) for t in range(60)]
half = json.dumps({"time": "2026-03-01T12:00:30.5Z", "sensor": "radar", "detections": []})
bad_plot = lambda plot: half.replace("[]", "[" + plot + "]")

def write(name, lines):
    with open(name + ".jsonl", "w") as out:
        out.write("\n".join(lines) + "\n")
def among(name, *lines, at=30):
    write(name, good[:at] + list(lines) + good[at:])

write("good", good)
far = look(30, time="2036-01-01T00:00:00Z")
among("future", far)
among("future-first", far, at=0)
among("past", look(30, time="1999-01-01T00:00:00Z"))
among("past-first", look(30, time="1999-01-01T00:00:00Z"), at=0)
among("unknown", *[look(30, sensor="nobody")] * 5)
among("nan", bad_plot('{"range_m":NaN,"azimuth_deg":1}'))
among("overflow", bad_plot('{"range_m":1e999,"azimuth_deg":1}'))
among("negative", *[bad_plot(f'{{"range_m":{r},"azimuth_deg":1}}') for r in (-5, -7)])
among("unit", bad_plot('{"range_m":5000,"azimuth_deg":5400}'))
among("text", bad_plot('{"range_m":"5 km","azimuth_deg":1}'))
among("twice", half.replace('"sensor"', '"time":1,"sensor"'))
among("cut", good[30][:50])
among("deep", "[" * 100000 + "]" * 100000, '{"a":' * 100000 + "1" + "}" * 100000)
among("deep-first", "[" * 100000 + "]" * 100000, at=0)
among("long", bad_plot(" " * 10_000_000))
among("long-first", "x" * 10_000_000, at=0)
among("garbage", "garbage")
among("garbage-first", *["garbage"] * 50, at=0)
among("array-first", "[1, 2]", at=0)
among("crowd", bad_plot(",".join(['{"range_m":5000,"azimuth_deg":5}'] * 100001)))
write("again", [line for line in good for line in (line, line)])
write("shuffled", good[:20] + good[23:26] + good[20:23] + good[26:])
write("blank", [line for line in good for line in (line, "", " \t")])
with open("windows.jsonl", "wb") as out:
    out.write(b"\xef\xbb\xbf" + "\r\n".join(good).encode())
with open("binary.jsonl", "wb") as out:
    out.write("\n".join(good[:30]).encode() + b"\n" + bytes(i for i in range(256) if i != 10)
              + b"\n" + b"\0" * 100 + b"\n" + "\n".join(good[30:]).encode())
with open("noise", "wb") as out:
    out.write(b"\0" + random.randbytes(20000).replace(b"{", b""))
END

expect 0 "$picket" track site.toml good.jsonl --every 1 -o good.tracks
told "60 reports, 0 refused: 1 tracks in 60 pictures"
python3 - <<'END' || fail "the target is not tracked"
import json
last = json.loads(open("good.tracks").readlines()[-1])["tracks"]
assert len(last) == 1 and abs(last[0]["vel_enu_mps"][0] - 30) < 2, last
END

# same NAME TEXT...: NAME.jsonl gives the tracks of the good input, and is told of so
same() {
  local name=$1
  shift
  expect 0 timeout 60 "$picket" track site.toml "$name.jsonl" --every 1 -o "$name.tracks"
  cmp -s good.tracks "$name.tracks" || fail "$name: other tracks"
  told "$@"
  [[ $(wc -l <err) -le 6 ]] || fail "$name: told too often: $(cat err)"
}
same future "future.jsonl:31: radar, 2036-01-01T00:00:00.000000000Z: time more than an hour ahead" \
  "61 reports, 1 refused"
same future-first "future-first.jsonl:1: radar, 2036" "61 reports, 1 refused"
same past "past.jsonl:31: radar, 1999-01-01T00:00:00.000000000Z: later than" "61 reports, 1 refused"
same past-first "past-first.jsonl:1: radar, 1999" "61 reports, 1 refused"
same unknown "unknown.jsonl:31: nobody, 2026-03-01T12:00:30.000000000Z: unknown sensor" \
  "5 times, first: unknown.jsonl:31:" "65 reports, 5 refused"
same nan "nan.jsonl:31: is no JSON" 'radar: refused 1 times "not a sound report"' \
  "61 reports, 1 refused"
same overflow "overflow.jsonl:31: is no JSON: holds a number that is malformed or too large"
same negative "negative.jsonl:31: detections[0].range_m: is -5, expected a number in [0, " \
  "2 times, first: negative.jsonl:31:"
same unit "unit.jsonl:31: detections[0].azimuth_deg: is 5400, expected a number in [-360, 360]"
same text "text.jsonl:31: detections[0].range_m: is a string, expected a number"
same twice "twice.jsonl:31: time: stands twice"
same cut "cut.jsonl:31: is no JSON"
same deep "deep.jsonl:31: is nested deeper than 16" "2 times"
same deep-first "deep-first.jsonl:1: is nested deeper than 16"
same long "long.jsonl:31: line over 8388608 bytes" 'radar: refused 1 times "not a sound report"'
same long-first "long-first.jsonl:1: line over 8388608 bytes"
same garbage "garbage.jsonl:31: is no JSON"
same garbage-first "garbage-first.jsonl:1: is no JSON" "50 times"
same array-first "array-first.jsonl:1: is an array, expected an object"
same crowd "crowd.jsonl:31: detections: has over 100000 members" \
  'radar: refused 1 times "not a sound report"' "61 reports, 1 refused"
same again "again.jsonl:2: radar, 2026-03-01T12:00:00.000000000Z: the same look" \
  'radar: refused 60 times "the same look of the same sensor again"' "120 reports, 60 refused"
same binary "binary.jsonl:31: is no JSON" "2 times"
same shuffled "60 reports, 0 refused"
same blank "60 reports, 0 refused"
same windows "60 reports, 0 refused"

# Recognised by content, whatever it is called, also from standard input.
cp garbage-first.jsonl other
expect 0 "$picket" track site.toml other --every 1 -o other.tracks
cmp -s good.tracks other.tracks || fail "content is not recognised behind garbage"
expect 0 "$picket" track site.toml - --every 1 <good.jsonl
cmp -s good.tracks out || fail "from standard input to standard output"
expect 0 "$picket" track site.toml missing good.jsonl noise --every 1 -o some.tracks
cmp -s good.tracks some.tracks || fail "an input that cannot be read takes others with it"
told "missing: cannot be opened" "noise: is of no format that is known"
expect 0 "$picket" track site.toml unknown.jsonl --every 1 --json -o json.tracks
told '{"complaints":5,"pictures":60,"refusals":{},"refused":5,"reports":65,"tracks":1}'
expect 0 "$picket" track site.toml nan.jsonl --every 1 --json -o json.tracks
told '"refusals":{"radar":{"not a sound report":1}},"refused":1,"reports":61'

# Nothing good: exit 2, one line on why, and no file.
: >empty
head -c 1 good.jsonl >brace
printf 'garbage\n%.0s' {1..20} >garbage
echo '{"time":1,"targets":[]}' >truth
for input in empty brace garbage noise truth missing .; do
  expect 2 "$picket" track site.toml "$input" -o nothing.tracks
  [[ $(wc -l <err) == 2 && ! -e nothing.tracks ]] || fail "$input: $(cat err)"
done
expect 2 "$picket" track site.toml - -o nothing.tracks </dev/null
sed 's/37.46/nan/' site.toml >bad.toml
expect 2 "$picket" track bad.toml good.jsonl
told "bad.toml:9: sensor[0].at.lat: is nan, expected a number in [-90, 90] degrees"
expect 2 "$picket" track missing.toml good.jsonl
expect 2 "$picket" track site.toml
told "picket track: INPUT is required" "picket track --help"
expect 2 "$picket" track site.toml good.jsonl --every nan
expect 2 "$picket" track site.toml good.jsonl --start yesterday
expect 2 "$picket" track site.toml good.jsonl --edition 48
# The system failed: exit 3.
expect 3 "$picket" track site.toml good.jsonl -o /dev/null/x
[[ ! -e /dev/full ]] || expect 3 "$picket" track site.toml good.jsonl -o /dev/full

# A real airliner, 730 s of it: one track, on its decoded positions. Times are whole seconds, in
# which it flies 250 m.
if [[ -z ${PICKET_DATA:-} ]]; then
  echo "PICKET_DATA is not set: the real airliner is not tracked"
else
  airliner=$PICKET_DATA/adsb/pymodes_sample_data_adsb.csv
  sed 's/lat = 37[.0-9]*, lon = 126[.0-9]*/lat = 51.2, lon = 6.0/' site.toml >air.toml
  expect 0 "$picket" track air.toml "$airliner" -o air.tracks
  told "taken as a receiver of positions" "refused: 1 tracks in"
  expect 0 "$picket" convert "$airliner" air.jsonl --site air.toml
  python3 - <<'END' || fail "the airliner"
import json, math

held = {}
for line in open("air.tracks"):
    picture = json.loads(line)
    held[picture["time"]] = picture["tracks"]
off = []
reports = [json.loads(line) for line in open("air.jsonl")]
for report in reports[3:]:
    (track,) = held[report["time"]]
    assert track["identity"]["icao"] == "406B90", track
    z = report["detections"][0]
    north_m = (track["lat_deg"] - z["lat_deg"]) * 111200
    east_m = (track["lon_deg"] - z["lon_deg"]) * 111320 * math.cos(math.radians(z["lat_deg"]))
    off.append(math.hypot(north_m, east_m))
off.sort()
print(f"{len(off)} decoded positions, from the track: median {off[len(off) // 2]:.0f} m, "
      f"95 % {off[len(off) * 95 // 100]:.0f} m, most {off[-1]:.0f} m")
assert off[len(off) // 2] < 150 and off[len(off) * 95 // 100] < 300, "too far"
END
fi

expect 0 "$picket" track --help
grep -q '^Example: picket track' out || fail "no example"
echo "track: all as expected"
