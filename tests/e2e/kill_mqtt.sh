#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# kill_mqtt.sh PICKET [ROUNDS]: kill -9 at random moments while reports come by MQTT. Of a session
# that the broker keeps, every message that the broker acknowledged to its publisher is in the
# recording in the end. Then how fast picket takes what waits at the broker.
# shellcheck source=tests/e2e/lib.bash
source "$(dirname "$0")/lib.bash"
rounds=${2:-12}

PATH=$PATH:/usr/sbin "$python" - "$picket" "$rounds" <<'END'
import json, random, re, socket, subprocess, sys, threading, time, urllib.request
import paho.mqtt.client as mqtt

picket, rounds = sys.argv[1], int(sys.argv[2])
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
with open("broker.conf", "w") as conf:
    # By default Mosquitto keeps 1,000 messages for a client, and has 20 under way to it.
    conf.write(f"persistence false\nlistener {port} 127.0.0.1\nallow_anonymous true\n"
               "max_queued_messages 0\nmax_inflight_messages 1000\n")
broker = subprocess.Popen(["mosquitto", "-c", "broker.conf"], stderr=subprocess.DEVNULL)
with open("site.toml", "w") as site:
    site.write(f"""
[site]
origin = {{ lat = 37.45, lon = 126.6 }}
[[sensor]]
id = "one"
kind = "position"
at = {{ east_m = 0, north_m = 0 }}
measures = ["east", "north", "up"]
sd = {{ east_m = 5, north_m = 5, up_m = 5 }}
clutter = {{ per_look = 0 }}
[[input]]
format = "reports"
mqtt = "127.0.0.1:{port}"
topics = ["reports/#"]
client_id = "picket-kill"
""")
run = None

def fail(what):
    for process in (run, broker):
        if process:
            process.kill()
    sys.exit(f"kill_mqtt: {what}")

def start():
    global run, address
    with open("err", "w") as err:
        run = subprocess.Popen([picket, "run", "site.toml", "--listen", "127.0.0.1:0", "--record",
                                "run.gpkg"], stderr=err)  # fmt: skip
    for _ in range(1200):
        with open("err") as err:
            if found := re.search(r"listening on (http://\S+)", err.read()):
                address = found[1]
                return
        time.sleep(0.05)
    fail("picket run did not start")

def health():
    with urllib.request.urlopen(address + "/v1/health") as answer:
        return json.load(answer)

def until(what, condition):
    for _ in range(2400):
        if condition():
            return
        time.sleep(0.05)
    fail(f"no {what} within two minutes: {json.dumps(health())}")

def connect():
    client = mqtt.Client("publisher")
    client.max_inflight_messages_set(1000)
    for _ in range(600):
        try:
            client.connect("127.0.0.1", port)
            return client
        except OSError:
            time.sleep(0.05)
    fail("there is no broker")

published = []  # what Paho knows of each report, by its number

def publish(client, count):
    for _ in range(count):
        # One after another in time, so that none is a repeat.
        line = {"time": round(began + 0.001 * len(published), 3), "sensor": "one",
                "detections": [], "number": len(published)}  # fmt: skip
        published.append(client.publish("reports/one", json.dumps(line), qos=1))

def drain(client):
    """Waits until picket has taken all that was published, by one that lies after it in time."""
    global began
    after = int(began + 0.001 * len(published)) + 2
    began += 4.0
    line = {"time": after, "sensor": "one", "detections": []}
    client.publish("reports/one", json.dumps(line), qos=1).wait_for_publish()
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(after))
    until("last report", lambda: (health()["sensors"][0]["last_report"] or "").startswith(text))

def end():
    run.terminate()
    if run.wait(120) != 0:
        fail(f"picket run ended with {run.returncode}")

def recorded():
    subprocess.run([picket, "convert", "run.gpkg", "run.jsonl"], check=True, capture_output=True)
    with open("run.jsonl") as lines:
        return {json.loads(line).get("number") for line in lines}

began = time.time() - 7200.0
publisher = connect()
publisher.loop_start()
start()
until("link", lambda: health()["feeds"][0]["state"] == "up")
ending = threading.Event()

def load():
    while not ending.is_set():
        publish(publisher, 20)
        time.sleep(0.01)

loading = threading.Thread(target=load)
loading.start()
for _ in range(rounds):
    time.sleep(random.uniform(0.05, 0.8))
    run.kill()
    run.wait()
    start()
ending.set()
loading.join()
drain(publisher)
end()
acknowledged = {i for i, info in enumerate(published) if info.is_published()}
lost = acknowledged - recorded()
if len(acknowledged) < 20 * rounds or lost:
    fail(f"of {len(acknowledged)} acknowledged, lost are {len(lost)}, from {min(lost, default=0)}")

waiting = 20000
publish(publisher, waiting)
published[-1].wait_for_publish()
began_s = time.time()
start()
drain(publisher)
took_s = time.time() - began_s
end()
if len(recorded() - {None}) < len(published):
    fail("what waited was lost")
broker.terminate()
broker.wait(60)
print(f"kill_mqtt: {rounds} kills, {len(acknowledged)} acknowledged, none lost; "
      f"{waiting / took_s:.0f}/s of what waited, the program's start included")
END
