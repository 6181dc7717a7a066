#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# mqtt.sh PICKET: Mosquitto's broker and clients and the acoustic node of examples/ (Paho) at the
# other ends: reports in, tracks out, last wills, a broker that goes and comes back, TLS, passwords.
# shellcheck source=tests/e2e/lib.bash
source "$(dirname "$0")/lib.bash"
node=$here/../../examples/acoustic-node
fail() {
  echo "mqtt: $*" >&2
  [[ ! -s err ]] || sed 's/^/  | /' err | tail -20 >&2
  [[ ! -s broker.log ]] || sed 's/^/  b| /' broker.log | tail -10 >&2
  exit 1
}
# soon COMMAND...: until it succeeds, at most 60 s
soon() {
  for _ in $(seq 600); do
    ! "$@" >/dev/null 2>&1 || return 0
    sleep 0.1
  done
  fail "never: $*"
}

curve=(-newkey ec -pkeyopt "ec_paramgen_curve:P-256" -nodes -days 1)
openssl req -x509 "${curve[@]}" -subj /CN=authority -keyout ca.key -out ca.pem 2>/dev/null
openssl req "${curve[@]}" -subj /CN=broker -keyout broker.key -out broker.csr 2>/dev/null
openssl x509 -req -in broker.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 \
  -out broker.pem -extfile <(echo "subjectAltName = DNS:localhost") 2>/dev/null
chmod 755 . && chmod 644 broker.key
echo secret >password
mosquitto_passwd -b -c users picket secret 2>/dev/null
chmod 644 users
read -r port tls_port < <($python - <<'END'
import socket

with socket.socket() as one, socket.socket() as two:
    one.bind(("127.0.0.1", 0))
    two.bind(("127.0.0.1", 0))
    print(one.getsockname()[1], two.getsockname()[1])
END
)
cat >broker.conf <<END
per_listener_settings true
persistence false
listener $port 127.0.0.1
allow_anonymous true
listener $tls_port 127.0.0.1
allow_anonymous false
password_file $work/users
certfile $work/broker.pem
keyfile $work/broker.key
END
start_broker() {
  PATH=$PATH:/usr/sbin mosquitto -c broker.conf 2>>broker.log &
  broker=$!
  disown
  pids+=("$broker")
  soon mosquitto_pub -p "$port" -t test -m test -q 1
}
start_broker

cat >site.toml <<END
[site]
origin = { lat = 37.45, lon = 126.60 }
[[sensor]]
id = "one"
kind = "position"
at = { east_m = 0, north_m = 0 }
measures = ["east", "north", "up"]
sd = { east_m = 5, north_m = 5, up_m = 5 }
clutter = { per_look = 0 }
[[sensor]]
id = "many"
kind = "position"
at = { east_m = 0, north_m = 0 }
measures = ["east", "north", "up"]
sd = { east_m = 5, north_m = 5, up_m = 5 }
clutter = { per_look = 0 }
[[sensor]]
id = "ear"
kind = "acoustic"
at = { lat = 37.46, lon = 126.60, height_agl_m = 2 }
measures = ["azimuth"]
sd = { azimuth_deg = 4 }
field = { max_range_m = 600 }
[[input]]
format = "reports"
mqtt = "127.0.0.1:$port"
topics = ["picket/reports/#"]
status = "picket/status/+"
client_id = "picket-e2e"
[[input]]
format = "reports"
mqtt = "localhost:$tls_port"
version = "5"
topics = ["secure/#"]
user = "picket"
password_file = "password"
tls = { ca = "ca.pem" }
[[output]]
format = "json"
mqtt = "127.0.0.1:$port"
version = "5"
topic = "picket/out"
every_s = 0.2
END
"$picket" check site.toml >out || fail "the site: $(cat out)"
sed 's/password_file = "password"/password_file = "none"/' site.toml >wrong.toml
! "$picket" check wrong.toml >out || fail "a password file that is not there passes"
grep -q 'wrong.toml: input\[1\].password_file: ' out || fail "what check says: $(cat out)"

began=$(($(date +%s) - 10))
start_picket() {
  : >err
  "$picket" run site.toml --listen 127.0.0.1:0 --record day.gpkg 2>err &
  run=$!
  pids+=("$run")
  soon grep -q 'listening on' err
  url=$(sed -n 's/^listening on //p' err)
}
# health EXPRESSION: whether it holds of the answer h, its sensors s and its links f
health() {
  curl -sS "$url/v1/health" | $python -c '
import json, sys
h = json.load(sys.stdin)
s = {x["id"]: x for x in h["sensors"]}
f = h["feeds"]
sys.exit(not eval(sys.argv[1]))' "$1"
}
report() {
  echo "{\"time\":$((began + $1)),\"sensor\":\"one\",\"detections\":[{\"east_m\":$(($1 * 20\
)),\"north_m\":500,\"up_m\":100}]}"
}

start_picket
soon health 'all(x["state"] == "up" for x in f)'
mosquitto_sub -p "$port" -t 'picket/out/#' -q 1 -F '%t %p' >seen 2>/dev/null &
pids+=($!)
disown
soon grep -q 'picket/out/status online' seen
for second in 0 1 2 3; do
  report $second | mosquitto_pub -p "$port" -t picket/reports/one -s -q 1
done
report 4 | mosquitto_pub -V mqttv5 -h localhost -p "$tls_port" --cafile ca.pem -u picket \
  -P secret -t secure/one -s -q 1
mosquitto_pub -p "$port" -t picket/reports/one -m '{"time":1,"sens' -q 1
soon health 's["one"]["reports"] == 5 and f[0]["errors"] == 1'
soon grep -q 'picket/out/tracks {"time":".*"id":1,' seen
report 5 >last
mosquitto_pub -p "$port" -t picket/reports/one -m "$(cat last)" -q 1
soon health 's["one"]["reports"] == 6'

# A node that is cut off is down at once; before that it looks and hears nothing.
mosquitto_pub -p "$port" -t picket/status/stranger -m offline -q 1
soon health 'f[0]["errors"] == 2 and "stranger" in f[0]["last_error"]'
$python - <<'END'
import wave

with wave.open("quiet.wav", "wb") as file:
    file.setnchannels(4)
    file.setsampwidth(2)
    file.setframerate(16000)
    file.writeframes(bytes(8 * 16000 * 600))
END
$python "$node/acoustic_node.py" --sensor ear --wav quiet.wav --broker "127.0.0.1:$port" \
  2>node.err &
ear=$!
disown
pids+=("$ear")
soon health 's["ear"]["state"] == "up" and s["ear"]["reports"] > 1'
health 's["ear"]["detections"] == 0 and s["ear"]["last_detection"] is None' || fail "heard silence"
kill -9 "$ear"
soon health 's["ear"]["state"] == "down" and h["status"] == "degraded"'

# What the node says of a drone is sound.
$python "$node/synthesise.py" drone.wav 3
$python "$node/acoustic_node.py" --sensor ear --wav drone.wav --fast --start 1772366400 --print \
  >drone.jsonl || fail "the node ends with $?"
"$picket" check --as reports drone.jsonl >out || fail "the node's reports: $(cat out)"
[[ $(grep -c '"azimuth_deg"' drone.jsonl) == 3 ]] || fail "not heard: $(cat drone.jsonl)"
"$picket" check "$node/site.toml" >out || fail "the example: $(cat out)"

# A broker that goes is noticed, one that comes back is found.
kill -9 "$broker"
soon health 'all(x["state"] == "down" for x in f)'
start_broker
soon health 'all(x["state"] == "up" and x["reconnects"] > 0 for x in f)'

# A broker that vanishes, its connections still open, is noticed as well; when it is back reports
# flow again, and none that it has acknowledged is lost.
cat >many.py <<'END'
import json, sys, time
import paho.mqtt.client as mqtt

# Looks of sensor "many", east_m saying which it is; tells the numbers of those acknowledged.
acknowledged = open("acknowledged", "w", buffering=1)
client = mqtt.Client(client_id="many", clean_session=False)
client.connect("127.0.0.1", int(sys.argv[1]), keepalive=600)
client.loop_start()
number, waiting = 0, []
while True:
    line = {"time": time.time(), "sensor": "many",
            "detections": [{"east_m": number, "north_m": -900, "up_m": 100}]}
    line = json.dumps(line, separators=(",", ":"))
    waiting.append((number, client.publish("picket/reports/many", line, qos=1)))
    number += 1
    while waiting and waiting[0][1].is_published():
        print(waiting.pop(0)[0], file=acknowledged)
    time.sleep(0.02)
END
$python many.py "$port" 2>many.err &
many=$!
disown
pids+=("$many")
more() { (($(wc -l <acknowledged) >= $1)); }
soon more 50
stopped=$(date +%s%3N)
kill -STOP "$broker"
soon health 'all(x["state"] == "down" for x in f)'
vanished=$(($(date +%s%3N) - stopped))
before=$(wc -l <acknowledged)
kill -CONT "$broker"
soon health 'all(x["state"] == "up" for x in f)'
soon more $((before + 50))
kill "$many"
cp acknowledged kept
# What waited for long is recorded, though it may come too late for the picture.
soon health "s[\"many\"][\"reports\"] + s[\"many\"][\"refused\"] >= $(wc -l <kept)"
health 's["many"]["reports"] > 0 and s["many"]["state"] == "up"' || fail "no picture of the many"

# What comes while picket is away is kept by the broker.
kill -TERM "$run"
wait "$run" || fail "exit $?"
[[ $(timeout 60 mosquitto_sub -p "$port" -t picket/out/status -C 1) == offline ]] ||
  fail "no goodbye"
report 6 | mosquitto_pub -p "$port" -t picket/reports/one -s -q 1
start_picket
soon health 's["one"]["reports"] + s["one"]["refused"] == 1'
kill -TERM "$run"
wait "$run" || fail "exit $?"
"$picket" convert day.gpkg day.jsonl 2>out || fail "the recording: $(cat out)"
[[ $(grep -c '"sensor":"one"' day.jsonl) == 7 ]] || fail "recorded: $(grep '"one"' day.jsonl)"

sed -n 's/.*"sensor":"many".*"east_m":\([0-9]*\).*/\1/p' day.jsonl | sort -u >recorded
sort -u kept | comm -23 - recorded >lost
[[ -s kept && ! -s lost ]] || fail "acknowledged and lost: $(tr '\n' ' ' <lost)"

# Without the authority the broker is not believed.
sed 's/^tls = .*/tls = {}/' site.toml >site2.toml && mv site2.toml site.toml
start_picket
soon health 'f[1]["last_error"].startswith("its certificate is not believed: ")'
kill -TERM "$run"
wait "$run" || fail "exit $?"
echo "mqtt: reports, tracks, wills, a lost broker, a vanished one (down after $vanished ms), TLS"
