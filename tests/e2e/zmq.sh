#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# zmq.sh PICKET: a Remote ID receiver that publishes over ZeroMQ, and the picture as ASTERIX over
# UDP: a publisher of pyzmq's and a socket of Python's are the other sides. The operator's place
# is shown to who has a key, and goes nowhere else. Exit 77: no pyzmq here.
# shellcheck source=tests/e2e/lib.bash
source "$(dirname "$0")/lib.bash"
if ! "$python" -c 'import zmq' 2>/dev/null; then
  echo "skipped: python3-zmq is not installed"
  exit 77
fi

"$python" - "$picket" <<'END'
import hashlib, json, re, socket, subprocess, sys, time, urllib.request
import zmq

picket = sys.argv[1]
publisher = zmq.Context().socket(zmq.PUB)
port = publisher.bind_to_random_port("tcp://127.0.0.1")
display = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
display.bind(("127.0.0.1", 0))
display.settimeout(60)

with open("site.toml", "w") as site:
    site.write(f"""
[site]
origin = {{ lat = 37.45, lon = 126.6 }}
[[input]]
format = "remote-id"
zmq = "127.0.0.1:{port}"
[access]
operator_retention_s = 600
[[access.key]]
name = "duty officer"
role = "investigator"
sha256 = "{hashlib.sha256(b'secret').hexdigest()}"
[[output]]
format = "asterix"
udp = "127.0.0.1:{display.getsockname()[1]}"
sac = 25
sic = 100
every_s = 0.5
""")
run = subprocess.Popen(
    [picket, "run", "site.toml", "--listen", "127.0.0.1:0", "--record", "run.gpkg", "--for", "300"],
    stderr=subprocess.PIPE, text=True)  # fmt: skip

def fail(what):
    run.kill()
    sys.exit(f"zmq: {what}")

address = None
for line in run.stderr:
    if found := re.search(r"listening on (http://\S+)", line):
        address = found[1]
        break
if address is None:
    fail("picket run did not start")

def until(what, condition):
    for _ in range(600):
        if value := condition():
            return value
        time.sleep(0.1)
    fail(f"no {what} within a minute: {feed()}")

def feed():
    with urllib.request.urlopen(address + "/v1/health") as answer:
        return next(f for f in json.load(answer)["feeds"] if f["name"] == f"zmq 127.0.0.1:{port}")

def broadcast(i):
    return json.dumps([
        {"Basic ID": {"id_type": "Serial Number (ANSI/CTA-2063-A)", "id": "1581F5XYZ", "ua_type": 2,
                      "MAC": "90:3A:E6:C5:08:24"}},
        {"Location/Vector Message": {"latitude": 37.45 + 0.0001 * i, "longitude": 126.6,
                                     "geodetic_altitude": 120.0, "speed": 11.1, "direction": 0,
                                     "horizontal_accuracy": "< 3 m"}},
        {"System Message": {"latitude": 37.4321, "longitude": 126.5678}}])  # fmt: skip

until("connection", lambda: feed()["state"] == "up")
# A subscription takes its time: until the first message arrives, it is sent again.
publisher.send_string("no JSON")
until("subscription", lambda: publisher.send_string("no JSON") or feed()["errors"] >= 1)
sent = 0
while True:
    publisher.send_string(broadcast(sent))
    sent += 1
    block = display.recv(65536)
    if block[0] == 62:
        break
    if sent > 500:
        fail("no track in category 62")
with open("track.ast", "wb") as out:
    out.write(block)
shown = subprocess.run([picket, "convert", "track.ast", "-", "--to", "json"], check=True,
                       capture_output=True, text=True).stdout  # fmt: skip
items = json.loads(shown.splitlines()[0])["items"]
if abs(items["105"]["lat_deg"] - 37.45) > 0.1 or items["380"]["emitter"] != 13:
    fail(f"the track is {items}")

# Where the operator stands is shown to who has a key, and in nothing else.
def operators(key):
    request = urllib.request.Request(address + "/v1/operators",
                                     headers={"Authorization": f"Bearer {key}"})  # fmt: skip
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["operators"]

place = until("operator", lambda: operators("secret"))[0]
if place["remote_id"] != "1581F5XYZ" or (place["lat_deg"], place["lon_deg"]) != (37.4321, 126.5678):
    fail(f"the operator is {place}")
try:
    fail(f"a guessed key shows {operators('guess')}")
except urllib.error.HTTPError as refused:
    if refused.code != 401:
        fail(f"a guessed key is answered with {refused.code}")

# A publisher that comes back is found again.
publisher.unbind(f"tcp://127.0.0.1:{port}")
publisher.close()
until("lost connection", lambda: feed()["state"] == "down")
publisher = zmq.Context.instance().socket(zmq.PUB)
for _ in range(600):
    try:
        publisher.bind(f"tcp://127.0.0.1:{port}")
        break
    except zmq.ZMQError:
        time.sleep(0.1)
until("connection made anew",
      lambda: feed()["state"] in ("up", "silent") and feed()["reconnects"] >= 1)

run.terminate()
if run.wait(60) != 0:
    sys.exit(f"zmq: picket run ended with {run.returncode}")
with open("run.gpkg", "rb") as recording:
    kept = recording.read()
if b"1581F5XYZ" not in kept:
    sys.exit("zmq: the drone was not recorded")
if b"saw operators" not in kept:
    sys.exit("zmq: it was not recorded that the operator was shown")
if b"37.4321" in kept or b"126.5678" in kept:
    sys.exit("zmq: the operator's place was recorded")
END
echo "zmq: a publisher's Remote ID became a track in ASTERIX"
