#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# service.sh PICKET: run, replay and demo from the outside: reports posted with curl become tracks,
# what was answered is recorded whatever happens to the process, and the recording replays.
# shellcheck source=tests/e2e/lib.bash
source "$(dirname "$0")/lib.bash"

# start ARGUMENT...: starts picket on a port of the kernel's choice; sets pid and url
start() {
  start_as_told "$@" --listen 127.0.0.1:0
}
start_as_told() {
  : >err # the shell may get to its opening below only after we have looked into it
  "$picket" "$@" >out 2>err &
  pid=$!
  url=
  for _ in $(seq 300); do
    url=$(sed -n 's/^listening on //p' err)
    [[ -z $url ]] || return 0
    kill -0 "$pid" 2>/dev/null || fail "ended at once: $*"
    sleep 0.1
  done
  fail "does not listen: $*"
}
# stop SIGNAL: ends it; must exit with 0
stop() {
  local code=0
  kill "-$1" "$pid"
  wait "$pid" || code=$?
  [[ $code == 0 ]] || fail "exit $code after SIG$1"
}
# ask PATH EXPRESSION: evaluates Python over `a`, the JSON that a GET answers; prints it
ask() {
  curl -sS --max-time 20 "$url$1" |
    python3 -c "import json, sys; a = json.load(sys.stdin); print($2)"
}
# post FILE: prints the status; the answer is in answer.json
post() {
  curl -sS --max-time 60 -o answer.json -w '%{http_code}' --data-binary "@$1" "$url/v1/reports"
}
# until EXPECTED COMMAND...: waits until its output is that
until_it_says() {
  local expected=$1 got=
  shift
  for _ in $(seq 100); do
    got=$("$@")
    [[ $got != "$expected" ]] || return 0
    sleep 0.1
  done
  fail "'$got' instead of '$expected': $*"
}

cat >site.toml <<'END'
[site]
name = "Harbour"
origin = { lat = 37.5665, lon = 126.9780, height_hae_m = 60.0 }
region = { radius_m = 20000 }

[[sensor]]
id = "radar-north"
kind = "radar"
at = { lat = 37.5665, lon = 126.9780, height_hae_m = 70.0 }
period_s = 1.0
measures = ["range", "azimuth", "elevation"]
sd = { range_m = 15.0, azimuth_deg = 0.5, elevation_deg = 1.0 }
field = { max_range_m = 15000, azimuth_deg = [0, 360], elevation_deg = [-5, 60] }
detect = { model = "constant", probability = 0.9 }
clutter = { per_look = 1 }

[[place]]
name = "Terminal 1"
at = { lat = 37.5665, lon = 126.9780 }
radius_m = 500
END
# lines FROM TO: looks at a target that comes in from the north at 30 m/s
lines() {
  python3 - "$1" "$2" <<'END'
import json, math, sys
for t in range(int(sys.argv[1]), int(sys.argv[2])):
    r = 8000.0 - 30.0 * t
    d = {"range_m": r, "azimuth_deg": 10.0, "elevation_deg": math.degrees(200.0 / r)}
    print(json.dumps({"time": 1770000000 + t, "sensor": "radar-north", "detections": [d]}))
END
}

# --- run: reports become a track
start run site.toml --record day.gpkg
lines 0 10 >first.jsonl
[[ $(post first.jsonl) == 200 ]] || fail "first post: $(cat answer.json)"
[[ $(ask /v1/tracks 'len(a["tracks"])') == 1 ]] || fail "tracks: $(curl -s "$url/v1/tracks")"
[[ $(ask /v1/tracks 'abs(a["tracks"][0]["vel_enu_mps"][1] + 29.5) < 5') == True ]] || fail "speed"
# On a slow machine the sensor may count as silent by now.
[[ $(ask /v1/health '(a["mode"], a["reports"], a["sensors"][0]["state"] != "never")') \
  == "('run', 10, True)" ]] || fail "health: $(curl -s "$url/v1/health")"
(lines 10 12 && echo 'nonsense' && lines 12 14) >mixed.jsonl
[[ $(post mixed.jsonl) == 200 ]] || fail "mixed post"
[[ $(python3 -c 'import json; a = json.load(open("answer.json")); print(a["accepted"],
  [r["line"] for r in a["refused"]])') == "4 [3]" ]] || fail "mixed: $(cat answer.json)"
echo '{"time":1770000020,"sensor":"unknown","detections":[]}' >unknown.jsonl
[[ $(post unknown.jsonl) == 400 ]] || fail "unknown sensor"
head -c 67108865 /dev/zero >huge
[[ $(post huge) == 413 ]] || fail "a body over the limit"
[[ $(curl -sS -o page -w '%{http_code} %{content_type}' "$url/") \
  == "200 text/html; charset=utf-8" ]] || fail "console"
[[ $(curl -sS --path-as-is -o /dev/null -w '%{http_code}' "$url/../../etc/passwd") == 404 ]] ||
  fail "path"
curl -sS -o openapi.yaml "$url/v1/openapi.yaml"
grep -q '^openapi: 3.1' openapi.yaml || fail "openapi.yaml"
expect 3 "$picket" run site.toml --listen "${url#http://}"
grep -q 'cannot listen' err || fail "port in use: $(cat err)"

# --- the site file says where to listen and to record, if the command line does not
mkdir own
{
  cat site.toml
  printf '[server]\nlisten = "127.0.0.1:0"\n[record]\nfile = "own.gpkg"\n'
} >own/site.toml
first=$pid first_url=$url
start_as_told run own/site.toml
[[ $url =~ ^http://127.0.0.1:[0-9]+$ && $(post first.jsonl) == 200 ]] || fail "[server]: $url"
stop TERM
expect 0 "$picket" convert own/own.gpkg own.jsonl
[[ $(wc -l <own.jsonl) == 10 ]] || fail "[record]: $(cat own.jsonl)"
pid=$first url=$first_url

# --- killed under load: every report that was answered 2xx is in the recording
lines 14 200 >stream.jsonl
: >answered.jsonl
while read -r line; do
  echo "$line" >now.jsonl
  [[ $(post now.jsonl) != 200 ]] || cat now.jsonl >>answered.jsonl
done <stream.jsonl 2>/dev/null &
poster=$!
for _ in $(seq 300); do
  [[ $(wc -l <answered.jsonl) -lt 5 ]] || break
  sleep 0.1
done
kill -9 "$pid"
sleep 0.3
kill "$poster" 2>/dev/null || true
wait "$poster" "$pid" 2>/dev/null || true
[[ $(wc -l <answered.jsonl) -ge 5 ]] || fail "nothing was answered before the kill"
expect 0 "$picket" convert day.gpkg day.jsonl
python3 - <<'END' || fail "answered reports are missing"
kept = set(open("day.jsonl").read().splitlines())
sent = (open("first.jsonl").read() + open("answered.jsonl").read()).splitlines()
missing = [line for line in sent if line not in kept]
assert not missing, f"{len(missing)} of {len(sent)}: {missing[:2]}"
END

# --- the recording goes on, ends cleanly, and gives its tracks again
start run site.toml --record day.gpkg
lines 200 230 >later.jsonl
[[ $(post later.jsonl) == 200 ]] || fail "post after the restart: $(cat answer.json)"
stop TERM
grep -q '^day.gpkg ends with [0-9]*:[0-9a-f]\{64\}$' err || fail "no head: $(cat err)"
[[ ! -e day.gpkg-wal ]] || fail "the recording was not closed"
expect 0 "$picket" check day.gpkg
start run site.toml --record whole.gpkg
for n in 0 10 20 30 40 50; do
  lines $n $((n + 10)) >part.jsonl
  [[ $(post part.jsonl) == 200 ]] || fail "part: $(cat answer.json)"
  curl -sS "$url/v1/tracks" >/dev/null
done
stop INT
expect 0 "$picket" track site.toml whole.gpkg --every 1 -o again.jsonl
sqlite3 whole.gpkg 'SELECT CAST(payload AS TEXT) FROM evidence WHERE kind = 4 ORDER BY sequence' \
  >recorded.jsonl
[[ -s recorded.jsonl ]] || fail "no pictures were recorded"
cmp recorded.jsonl again.jsonl || fail "the tracks differ from the recorded ones"

# --- replay, to and fro
start replay whole.gpkg --speed 0.001
[[ $(ask /v1/health 'a["mode"]') == replay ]] || fail "mode"
seek() {
  curl -sS --max-time 20 -d "{\"at\":\"$1\",\"paused\":true}" "$url/v1/replay" >/dev/null
}
seek 2026-02-02T02:40:50Z
until_it_says 2026-02-02T02:40:50.000000000Z ask /v1/tracks 'a["time"]'
[[ $(ask /v1/tracks 'len(a["tracks"])') == 1 ]] || fail "tracks of the replay"
seek 2026-02-02T02:40:20Z
until_it_says 2026-02-02T02:40:20.000000000Z ask /v1/tracks 'a["time"]'
[[ $(curl -s -o /dev/null -w '%{http_code}' -d '{"at":1}' "$url/v1/replay") == 400 ]] ||
  fail "bad seek"
[[ $(post first.jsonl) == 409 ]] || fail "a replay takes no reports"
stop TERM
expect 2 "$picket" replay site.toml
expect 0 "$picket" check - <whole.gpkg
grep -q '^standard input: sound recording' out || fail "check of standard input: $(cat out)"
expect 0 "$picket" replay - --listen 127.0.0.1:0 --for 0.5 <whole.gpkg
grep -q '^listening on ' err || fail "a replay of standard input does not serve"
expect 0 "$picket" run site.toml --listen 127.0.0.1:0 --for 0.5
# Files named after the site: what is wrong with them is told with its line.
cat mixed.jsonl unknown.jsonl >files.jsonl
expect 0 "$picket" run site.toml files.jsonl missing.jsonl --listen 127.0.0.1:0 --for 5
for text in "files.jsonl:3: is no JSON" "files.jsonl:6: the sensor is not of this site" \
  "files.jsonl: 5 reports, 1 refused, 1 errors" "missing.jsonl: cannot be opened"; do
  grep -qF "$text" err || fail "not told: $text; but: $(cat err)"
done
expect 2 "$picket" run nothing.toml

# --- demo
start demo --speed 30 --record demo.gpkg
[[ $(ask /v1/health 'a["mode"]') == demo ]] || fail "mode"
has_tracks() { ask /v1/tracks 'len(a["tracks"]) > 0'; }
until_it_says True has_tracks
crossed() { ask /v1/alerts 'any(x.get("area") == "Border" for x in a["alerts"])'; }
until_it_says True crossed
stop TERM
expect 0 "$picket" check demo.gpkg
# The first drone crosses after 20 s, and within a minute an alarm says so. Birds raise none.
python3 - <<'END' || fail "alerts of the demo"
import datetime, json, sqlite3

def of(kind):
    rows = sqlite3.connect("demo.gpkg").execute(
        "SELECT payload FROM evidence WHERE kind = ? ORDER BY sequence", (kind,))
    return [json.loads(row[0]) for row in rows]

def second(entry):
    return datetime.datetime.fromisoformat(entry["time"][:26]).timestamp()

start = second(of(2)[0])
alerts = of(5)
alarms = [a for a in alerts if a["level"] == "alarm" and a.get("area") == "Border"]
assert alarms and 10 < second(alarms[0]) - start < 80, alerts[:3]
assert not [a["text"] for a in alerts if "(bird)" in a["text"]], alerts
END
echo "service: all is well"
