#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# asterix_tshark.sh PICKET: ASTERIX from the outside. A radar's reports become a capture that tshark
# reads field by field as picket does, come back within the steps of the format, and become a track.
# So does a capture of every item of some categories, filled by chance; with PICKET_DATA the real
# captures as well. Exit 77: no tshark here.
# shellcheck source=tests/e2e/lib.bash
source "$(dirname "$0")/lib.bash"
compare=$here/asterix_compare.py
if ! command -v tshark >/dev/null; then
  echo "skipped: tshark is not installed"
  exit 77
fi

cat >site.toml <<'END'
[site]
name = "Round trip"
origin = { lat = 45.8, lon = 16.0, height_hae_m = 150.0 }
region = { radius_m = 40000, ceiling_agl_m = 1500 }

[[sensor]]
id = "north"
kind = "radar"
at = { lat = 45.8, lon = 16.0, height_hae_m = 160.0 }
period_s = 2.0
measures = ["range", "azimuth", "elevation", "range_rate"]
sd = { range_m = 15.0, azimuth_deg = 0.2, elevation_deg = 0.5, range_rate_mps = 1.0 }
field = { max_range_m = 20000, azimuth_deg = [0, 360], elevation_deg = [-5, 45] }
detect = { model = "constant", probability = 0.9 }
clutter = { per_look = 2 }
asterix = { sac = 25, sic = 7, edition = { "48" = "1.31" } }

[[sensor]]
id = "ears"
kind = "acoustic"
at = { lat = 45.81, lon = 16.0, height_hae_m = 160.0 }
period_s = 1.0
measures = ["azimuth"]
sd = { azimuth_deg = 3.0 }
field = { max_range_m = 3000, azimuth_deg = [0, 360], elevation_deg = [-5, 90] }
detect = { model = "constant", probability = 0.9 }
END

# One target flies past at 40 m/s and 300 m; false plots around it; the tenth look sees nothing.
python3 - <<'END'
import json, math, random

random.seed(7)
with open("reports.jsonl", "w") as out:
    for look in range(40):
        t = 2 * look
        e, n, u = -4000 + 40 * t, 3000.0, 300.0
        level = math.hypot(e, n)
        r = math.hypot(level, u)
        plots = [{
            "range_m": r + random.gauss(0, 10),
            "azimuth_deg": math.degrees(math.atan2(e, n)) % 360 + random.gauss(0, 0.1),
            "elevation_deg": math.degrees(math.asin(u / r)) + random.gauss(0, 0.3),
            "range_rate_mps": 40 * e / r,
            "snr_db": 15.5,
            "rcs_dbsm": -12.25,
        }]
        for _ in range(random.randrange(3)):
            plots.append({"range_m": random.uniform(500, 19000), "elevation_deg": 2.0,
                          "azimuth_deg": random.uniform(0, 360), "range_rate_mps": 0.0})
        plots = [] if look == 10 else [{k: round(v, 3) for k, v in p.items()} for p in plots]
        time = f"2026-03-01T23:59:{t:02d}Z" if t < 60 else f"2026-03-02T00:00:{t - 60:02d}Z"
        out.write(json.dumps({"time": time, "sensor": "north", "detections": plots}) + "\n")
        if look == 5:
            out.write(json.dumps({"time": time, "sensor": "ears",
                                  "detections": [{"azimuth_deg": 10.0}]}) + "\n")
END

"$picket" convert reports.jsonl radar.pcap --site site.toml 2>err || fail "convert: $(cat err)"
grep -q 'reports of "ears" are left out' err || fail "a sensor that is no radar: $(cat err)"
"$picket" convert reports.jsonl radar.ast --site site.toml 2>err || fail "convert: $(cat err)"
python3 "$compare" "$picket" radar.pcap || exit 1

for form in pcap ast; do
  "$picket" convert "radar.$form" "back-$form.jsonl" --site site.toml --start 2026-03-01T00:00:00Z \
    2>err || fail "back from $form: $(cat err)"
done
python3 - <<'END' || fail "reports do not come back"
import datetime, json, math

def load(name):
    looks = [json.loads(line) for line in open(name)]
    return [look for look in looks if look["sensor"] == "north"]

def second(look):
    return datetime.datetime.fromisoformat(look["time"][:19]).timestamp()

sent = load("reports.jsonl")
step = {"range_m": 1852 / 256, "azimuth_deg": 360 / 65536, "range_rate_mps": 1.0, "snr_db": 0.1,
        "rcs_dbsm": 0.01}
for name in ("back-pcap.jsonl", "back-ast.jsonl"):
    back = load(name)
    assert [second(s) for s in sent] == [second(b) for b in back], name
    for s, b in zip(sent, back):
        assert len(s["detections"]) == len(b["detections"]), (name, s, b)
        for was, got in zip(s["detections"], b["detections"]):
            for key, size in step.items():
                if key not in was:
                    assert key not in got, (key, got)
                    continue
                off = abs(was[key] - got[key])
                off = min(off, 360 - off) if key == "azimuth_deg" else off
                assert off <= size / 2 + 1e-9, (name, key, was, got)
            off = math.radians(abs(was["elevation_deg"] - got["elevation_deg"])) * was["range_m"]
            assert off < 8, (name, was, got)
END

"$picket" track site.toml radar.pcap -o tracks.jsonl 2>err || fail "track: $(cat err)"
python3 - <<'END' || fail "the target is not tracked"
import json, math

last = [json.loads(line) for line in open("tracks.jsonl")][-1]
assert last["time"].startswith("2026-03-02T00:00:18"), last["time"]
e, n = -4000 + 40 * 78, 3000.0
near = [t for t in last["tracks"] if math.hypot(t["enu_m"][0] - e, t["enu_m"][1] - n) < 100]
assert len(near) == 1, last["tracks"]
v = near[0]["vel_enu_mps"]
assert abs(v[0] - 40) < 3 and abs(v[1]) < 3, v
END

# The tracks go out as a system's own: category 62 with 65, and as if the targets spoke themselves.
"$picket" convert tracks.jsonl system.pcap --source 25/100 2>err || fail "62: $(cat err)"
python3 "$compare" "$picket" system.pcap || exit 1
"$picket" convert tracks.jsonl self.pcap --category 21 2>err || fail "21: $(cat err)"
python3 "$compare" "$picket" self.pcap || exit 1

# Items that no capture has. tshark 4.0 does not know category 129.
for category in 2 10 15 20 34 63 65 247; do
  "$(dirname "$picket")/asterix_random" "$category" 300 "$category" >"random-$category.pcap"
  python3 "$compare" "$picket" "random-$category.pcap" "$category=300" || exit 1
done

# Bad choices are told of, with what there is.
if "$picket" convert radar.pcap - --to json --edition 48=7.7 >out 2>err; then
  fail "an unknown edition passed"
fi
grep -q 'expected one of' err || fail "no editions named: $(cat err)"

data=${PICKET_DATA:-}
if [[ -z $data ]]; then
  echo "PICKET_DATA is not set: the real captures are not compared"
  exit 0
fi
python3 "$compare" "$picket" "$data/asterix/cat_034_048.pcap" 34=34 48=128 || exit 1
# Files of data blocks, as datagrams; of repeated items of categories 1, 2 tshark shows only one.
python3 - "$data/asterix" <<'END'
import pathlib, struct, sys

for name in ("cat034.raw", "cat048.raw", "cat21_re.ast", "synthetic_cat015_track.raw",
             "blocks/cat019ed1.3.bin", "blocks/cat021ed0.26.bin", "blocks/cat034ed1.26.bin",
             "blocks/cat048ed1.15.bin", "blocks/cat062ed1.12.bin", "blocks/cat063ed1.0.bin",
             "blocks/cat065ed1.3.bin", "blocks/cat247ed1.2.bin"):
    block = (pathlib.Path(sys.argv[1]) / name).read_bytes()
    udp = struct.pack(">HHHH", 8600, 8600, 8 + len(block), 0) + block
    ip = struct.pack(">BBHHHBBH8x", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0)
    with open(pathlib.Path(name).name + ".pcap", "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
        size = len(ip + udp)
        out.write(struct.pack("<IIII", 1_772_366_400, 0, size, size) + ip + udp)
END
for capture in *.raw.pcap *.ast.pcap *.bin.pcap; do
  python3 "$compare" "$picket" "$capture" || exit 1
done
old=$data/asterix/cat062_edition_0_17.pcap
"$picket" convert "$old" - --to json --edition 62=0.17 >out 2>err || fail "edition 0.17: $(cat err)"
[[ $(grep -c '"cat":62' out) == 100 ]] || fail "edition 0.17: $(grep -c '"cat":62' out) records"
grep -q 'BAW891' out || fail "edition 0.17: no callsign"
"$picket" convert "$old" - --to json >out 2>err || true
grep -q 'byte .*(edition 1.18)' err || fail "a wrong edition is not told of: $(head -3 err)"
