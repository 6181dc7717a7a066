#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# convert.sh PICKET: conversions between formats, bad input and its exit codes, from the outside.
# With PICKET_DATA the real captures as well.
# shellcheck source=tests/e2e/lib.bash
source "$(dirname "$0")/lib.bash"

# lines FILE COUNT
lines() {
  [[ $(wc -l <"$1") == "$2" ]] || fail "$1 has $(wc -l <"$1") lines, expected $2"
}

# A published pair of positions, with damage around them.
cat >pair.csv <<'END'
100.0,"8D40621D58C386435CC412692AD6"
nonsense
100.5,"8D40621D58C386435CC412692557"
101.0,"8D40621D58C382D690C8AC2863A7"
END
expect 0 "$picket" convert pair.csv - --to json
lines out 2
grep -q '"icao":"40621D".*"altitude":38000.*"lat_deg":52.257202' out || fail "position: $(cat out)"
grep -q 'pair.csv:2: ' err || fail "no error for line 2: $(cat err)"
grep -q 'pair.csv:3: ' err || fail "no error for line 3: $(cat err)"

# One wrong bit is repaired, since the address is known; the bytes stay as received.
expect 0 "$picket" convert - - --from adsb-csv --to json < <(sed 's/2692557"/2692AD7"/' pair.csv)
grep -q '"raw":"8D40621D58C386435CC412692AD7".*"repaired_bits":1' out || fail "repair: $(cat out)"

expect 0 "$picket" convert pair.csv pair.jsonl
lines pair.jsonl 1
expect 0 "$picket" convert pair.jsonl again.jsonl
cmp pair.jsonl again.jsonl || fail "report lines do not come back as they were"
expect 0 "$picket" convert pair.jsonl pair.csv2 --to csv
lines pair.csv2 2
expect 0 "$picket" convert - - --from avr --to json <<<"*8D4840D6202CC371C32CE0576098;"
grep -q '"callsign":"KLM1023"' out || fail "standard input: $(cat out)"

# Remote ID of a receiver: the operator's place is in what a person looks at, not in reports.
cat >lines <<'END'
[{"Basic ID":{"id_type":"Serial Number","id":"PA1","ua_type":2}},
{"Location/Vector Message":{"latitude":37.45,"longitude":126.6}},
{"System Message":{"latitude":37.44,"longitude":126.61}}]
END
tr -d '\n' <lines >drone.jsonl
expect 0 "$picket" convert drone.jsonl - --to json
grep -q '"operator":{"location_type":0,"lat_deg":37.44' out || fail "operator: $(cat out)"
expect 0 "$picket" convert drone.jsonl remote.jsonl --start 2026-03-01T12:00:00Z
grep -q '"time":"2026-03-01T12:00:00.000000000Z","sensor":"remote-id".*"remote_id":"PA1"' \
  remote.jsonl || fail "remote id: $(cat remote.jsonl)"
! grep -q '37.44' remote.jsonl || fail "the operator's place is in a report"

# Tracks and truth become maps and tables.
cat >tracks.jsonl <<'END'
{"time":1,"tracks":[{"id":7,"lat_deg":37.1,"lon_deg":127,"alt_hae_m":100,"vel_enu_mps":[1,2,3]}]}
{"time":2,"tracks":[{"id":7,"lat_deg":37.2,"lon_deg":127,"alt_hae_m":100,"vel_enu_mps":[1,2,3]}]}
END
expect 0 "$picket" convert tracks.jsonl tracks.cot
lines tracks.cot 2
expect 0 "$picket" check --as cot tracks.cot
expect 0 "$picket" convert tracks.cot cot.jsonl
grep -q '"sensor":"cot".*"lat_deg":37.19' cot.jsonl || fail "cot: $(cat cot.jsonl)"
sed '2s/lat="[0-9.]*"/lat="abc"/' tracks.cot >bad.cot
expect 1 "$picket" check --as cot bad.cot
grep -q 'bad.cot:2: point.lat: is "abc", expected a number' out || fail "cot: $(cat out)"
expect 0 "$picket" convert tracks.jsonl tracks.kml
python3 - <<'END' || fail "tracks.kml"
import xml.etree.ElementTree as xml
gx = "{http://www.google.com/kml/ext/2.2}"
track, = xml.parse("tracks.kml").iter(gx + "Track")
x, y, z = track.findall(gx + "coord")[1].text.split()
assert abs(float(y) - 37.2) < 1e-9 and 70 < float(z) < 80, (x, y, z)
END
expect 0 "$picket" convert tracks.jsonl tracks.geojson
python3 - <<'END' || fail "tracks.geojson"
import json
f, = json.load(open("tracks.geojson"))["features"]
(x, y, z), b = f["geometry"]["coordinates"]
assert f["geometry"]["type"] == "LineString" and f["properties"]["id"] == "7", f
assert abs(x - 127) < 1e-9 and abs(y - 37.1) < 1e-9 and abs(z - 100) < 1e-6, f
assert len(f["properties"]["coordTimes"]) == 2, f
END
expect 0 "$picket" convert tracks.jsonl tracks.csv
lines tracks.csv 3
grep -q ',7,37.1.*,1,2,3,$' tracks.csv || fail "tracks.csv: $(cat tracks.csv)"

expect 0 "$picket" convert tracks.jsonl tracks.kmz
python3 - <<'END' || fail "tracks.kmz"
import zipfile
with zipfile.ZipFile("tracks.kmz") as archive:
    assert archive.testzip() is None
    assert archive.read("doc.kml") == open("tracks.kml", "rb").read()
END
expect 0 "$picket" convert tracks.jsonl tracks.gpkg
if command -v ogrinfo >/dev/null; then
  ogrinfo -ro -al tracks.gpkg >layers 2>&1 || fail "ogrinfo: $(cat layers)"
  ! grep -qi 'error\|warning' layers || fail "ogrinfo: $(cat layers)"
  grep -q 'LINESTRING Z (127' layers || fail "gpkg: $(cat layers)"
  grep -q 'time (DateTime) = 1970/01/01 00:00:02+00' layers || fail "gpkg: $(cat layers)"
  [[ $(grep -c 'POINT Z' layers) == 2 ]] || fail "gpkg: $(cat layers)"
fi
cat >origin.toml <<'END'
[site]
origin = { lat = 37.0, lon = 127.0, height_hae_m = 60.0 }
[[input]]
format = "remote-id"
tcp = "127.0.0.1:9"
END
expect 2 "$picket" convert tracks.jsonl tracks.courageous.json
grep -q 'give --site' err || fail "courageous without a site: $(cat err)"
sed 's/"id":7/"id":7,"class":{"multirotor":0.9}/' tracks.jsonl >drone-tracks.jsonl
expect 0 "$picket" convert drone-tracks.jsonl tracks.courageous.json --site origin.toml
python3 - <<'END' || fail "tracks.courageous.json"
import json
log = json.load(open("tracks.courageous.json"))
assert log["version"] == "0.4.1" and log["static_cuas_location"]["lat"] == 37, log
track, = log["tracks"]
first, second = track["records"]
assert first["time"] == 1000 and second["record_number"] == 2 and track["name"] == "7", track
assert first["classification"] == "UAV" and first["alarm"]["certainty"] >= 0.9, first
assert 70 < first["location"]["height_amsl"] < 80 and first["velocity"]["up"] == 3, first
END

# Tracks as ASTERIX, and back.
expect 0 "$picket" convert tracks.jsonl tracks.ast --source 25/100
expect 0 "$picket" convert tracks.ast - --to json
[[ $(grep -c '"cat":62' out) == 2 && $(grep -c '"cat":65' out) == 4 ]] || fail "62: $(cat out)"
expect 0 "$picket" convert tracks.ast system.jsonl --start 1970-01-01T00:00:00Z
grep -q '"sensor":"asterix-25-100".*"track":"asterix-25-100/7"' system.jsonl ||
  fail "system tracks: $(cat system.jsonl)"
expect 0 "$picket" convert tracks.jsonl tracks.pcap --source 25/100 --category 21
expect 0 "$picket" convert tracks.pcap - --to json
[[ $(grep -c '"cat":21' out) == 2 ]] || fail "21: $(cat out)"
expect 2 "$picket" convert tracks.jsonl tracks.ast --source 25/256
expect 2 "$picket" convert tracks.jsonl tracks.ast --category 48

# The JSON of an ADS-B receiver.
cat >aircraft.json <<'END'
{ "now" : 1772366400.5, "messages" : 12,
  "aircraft" : [
{"hex":"406b90","flight":"EZY85MH ","alt_geom":32500,"lat":37.5,"lon":126.5,"seen_pos":0.5}
]}
END
expect 0 "$picket" convert aircraft.json aircraft.jsonl
grep -q '"time":"2026-03-01T12:00:00.000000000Z","sensor":"adsb".*"icao":"406B90"' aircraft.jsonl ||
  fail "readsb: $(cat aircraft.jsonl)"

# What cannot be converted says why and leaves no file behind.
expect 2 "$picket" convert tracks.jsonl out.jsonl
# Without the byte that begins a Beast frame, or noise would hold one now and then.
head -c 5000 /dev/urandom | tr '\032' x >noise
: >empty
for bad in noise empty missing; do
  expect 2 "$picket" convert "$bad" out.jsonl
  [[ $(wc -l <err) == 1 && ! -e out.jsonl ]] || fail "$bad: $(cat err)"
done
expect 2 "$picket" convert --from beast noise out.jsonl
[[ ! -e out.jsonl ]] || fail "noise read as Beast gave reports"
expect 2 "$picket" convert pair.csv out.xyz
expect 2 "$picket" convert pair.csv - --to json --edition 48
expect 2 "$picket" convert pair.csv - --to json --from morse
# Errors are bounded, with a total.
{ cat pair.csv; yes nonsense | head -1000; } >many.csv || true
expect 0 "$picket" convert --from adsb-csv many.csv - --to json
[[ $(wc -l <err) -lt 30 ]] || fail "$(wc -l <err) lines of errors"
grep -q '1002 errors' err || fail "errors: $(tail -2 err)"

[[ -n ${PICKET_DATA:-} ]] || exit 0
expect 0 "$picket" convert "$PICKET_DATA/adsb/pymodes_sample_data_adsb.csv" - --to json
lines out 2000
expect 0 "$picket" convert "$PICKET_DATA/adsb/pymodes_sample_data_adsb.csv" - --to reports
lines out 932
expect 0 "$picket" convert "$PICKET_DATA/adsb/pymodes_406B90.beast" - --to json
lines out 2000
grep -q 'warning: the messages carry no time' err || fail "no warning about time"
expect 0 "$picket" convert "$PICKET_DATA/adsb/pymodes_406B90.sbs" - --to json
lines out 2000
expect 0 "$picket" convert "$PICKET_DATA/asterix/cat_034_048.pcap" - --to json
lines out 162
