#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# links.sh PICKET: peers at the other ends of every plain kind of link are killed, and what health,
# the metrics (read by Prometheus' own client) and so the console say of it. A sensor that falls
# silent and one that looks and sees nothing are told apart. How long it took is printed.
# Exit 77: no Prometheus client here.
# shellcheck source=tests/e2e/lib.bash
source "$(dirname "$0")/lib.bash"
if ! "$python" -c 'import prometheus_client' 2>/dev/null; then
  echo "skipped: python3-prometheus-client is not installed"
  exit 77
fi

# A peer: a process of its own, so that it can be killed.
cat >peer.py <<'END'
import json, socket, sys, time

kind, port, sensor = sys.argv[1], int(sys.argv[2]), sys.argv[3]

def look(seen):
    detections = [{"east_m": 100, "north_m": 500, "up_m": 100}] if seen else []
    line = {"time": time.time() - 0.5, "sensor": sensor, "detections": detections}
    return (json.dumps(line) + "\n").encode()

if kind == "serve":  # looks over TCP: one with a detection, then empty ones
    listener = socket.create_server(("127.0.0.1", port))
    connection, _ = listener.accept()
    connection.sendall(look(True))
    while True:
        connection.sendall(look(False))
        time.sleep(0.2)
elif kind == "send":  # looks over UDP
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    while True:
        out.sendto(look(True), ("127.0.0.1", port))
        time.sleep(0.2)
elif kind == "take":  # TCP
    listener = socket.create_server(("127.0.0.1", port))
    connection, _ = listener.accept()
    while connection.recv(65536):
        pass
else:  # UDP
    taker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    taker.bind(("127.0.0.1", port))
    while True:
        taker.recv(65536)
END

"$python" - "$picket" <<'END'
import json, re, socket, subprocess, sys, time, urllib.request
from prometheus_client.parser import text_string_to_metric_families

picket = sys.argv[1]
held = [socket.socket(socket.AF_INET, kind) for kind in
        (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_STREAM, socket.SOCK_DGRAM)]
for each in held:
    each.bind(("127.0.0.1", 0))
tcp_in, udp_in, tcp_out, udp_out = (each.getsockname()[1] for each in held)
for each in held:
    each.close()
sensor = """
[[sensor]]
id = "{}"
kind = "position"
at = {{ east_m = 0, north_m = 0 }}
period_s = 0.2
measures = ["east", "north", "up"]
sd = {{ east_m = 5, north_m = 5, up_m = 5 }}
clutter = {{ per_look = 0 }}
"""
with open("site.toml", "w") as site:
    site.write(f"""
[site]
origin = {{ lat = 37.45, lon = 126.6 }}
{sensor.format("quiet")}{sensor.format("busy")}{sensor.format("never")}
[[input]]
format = "reports"
tcp = "127.0.0.1:{tcp_in}"
[[input]]
format = "reports"
udp = "127.0.0.1:{udp_in}"
[[output]]
format = "cot"
tcp = "127.0.0.1:{tcp_out}"
every_s = 0.2
[[output]]
format = "asterix"
udp = "127.0.0.1:{udp_out}"
sac = 25
sic = 100
every_s = 0.2
""")
names = {"serve": f"tcp 127.0.0.1:{tcp_in}", "send": f"udp 127.0.0.1:{udp_in}",
         "take": f"cot tcp 127.0.0.1:{tcp_out}", "hear": f"asterix udp 127.0.0.1:{udp_out}"}
ports = {"serve": tcp_in, "send": udp_in, "take": tcp_out, "hear": udp_out}
peers = {}

def start(kind):
    looker = {"serve": "quiet", "send": "busy"}.get(kind, "-")
    peers[kind] = subprocess.Popen([sys.executable, "peer.py", kind, str(ports[kind]), looker])

for kind in ports:
    start(kind)
run = subprocess.Popen([picket, "run", "site.toml", "--listen", "127.0.0.1:0", "--for", "500"],
                       stderr=subprocess.PIPE, text=True)

def fail(what):
    for process in [run, *peers.values()]:
        process.kill()
    sys.exit(f"links: {what}")

address = None
for line in run.stderr:
    if found := re.search(r"listening on (http://\S+)", line):
        address = found[1]
        break
if address is None:
    fail("picket run did not start")

def get(path):
    with urllib.request.urlopen(address + path) as answer:
        return answer.read().decode()

def health():
    return json.loads(get("/v1/health"))

def link(kind):
    return next(f for f in health()["feeds"] if f["name"] == names[kind])

def sensor(name):
    return next(s for s in health()["sensors"] if s["id"] == name)

def metric(name, **labels):
    for family in text_string_to_metric_families(get("/metrics")):
        for sample in family.samples:
            if sample.name == name and labels.items() <= sample.labels.items():
                return sample.value
    return None

def until(what, condition):
    for _ in range(1200):
        if value := condition():
            return value
        time.sleep(0.05)
    fail(f"no {what} within a minute: {json.dumps(health(), indent=1)}")

for kind in ports:
    until(f"link of {kind}", lambda: link(kind)["state"] == "up")
    until(f"link of {kind} in the metrics",
          lambda: metric("picket_link_state", link=names[kind], state="up") == 1)

# Both speak; one of them sees nothing, one that never spoke is neither.
until("empty looks", lambda: sensor("quiet")["empty_looks"] >= 10)
until("looks of both", lambda: sensor("busy")["state"] == sensor("quiet")["state"] == "up")
quiet, busy = sensor("quiet"), sensor("busy")
if quiet["detections"] != 1 or quiet["last_detection"] is None:
    fail(f"the quiet one: {quiet}")
if busy["empty_looks"] != 0 or sensor("never")["state"] != "never":
    fail(f"the busy one: {busy}")
if metric("picket_sensor_empty_looks", sensor="quiet") < 10:
    fail("the metrics miss the empty looks")
until("rate", lambda: (link("serve")["reports_per_s"] or 0) > 0)
for key in "age_s", "report_age_s", "bytes_per_s", "messages_per_s", "clock":
    if link("serve")[key] is None:
        fail(f"{key} is missing: {link('serve')}")
# The peers' times are half a second old when they are sent.
for name, labels in ("picket_link", {"link": names["send"]}), ("picket_sensor", {"sensor": "busy"}):
    if not 0.5 <= metric(f"{name}_clock_least_seconds", **labels) < 60:
        fail("a clock offset that cannot be")

took = []
for kind in ports:
    began = time.time()
    peers[kind].kill()
    peers[kind].wait()
    # Nobody hears that a sender of datagrams has gone; only that nothing comes.
    state = "silent" if kind == "send" else "down"
    reason = until(f"{state} link of {kind}",
                   lambda: link(kind)["state"] == state and link(kind)["reason"])
    until(f"{state} link of {kind} in the metrics",
          lambda: metric("picket_link_state", link=names[kind], state=state) == 1)
    took.append(f"{kind} {state} ({reason}) after {time.time() - began:.1f} s")
    if health()["status"] != "degraded":
        fail(f"all is well without {kind}")
    if kind == "serve":
        until("silence of the quiet one", lambda: sensor("quiet")["state"] == "silent")
        until("silence of it in the metrics",
              lambda: metric("picket_sensor_state", sensor="quiet", state="silent") == 1)
    start(kind)
    until(f"link of {kind} again", lambda: link(kind)["state"] == "up")
if link("serve")["reconnects"] < 1:
    fail("nothing was made anew")

for process in peers.values():
    process.kill()
run.terminate()
if run.wait(60) != 0:
    sys.exit(f"links: picket run ended with {run.returncode}")
print("links:", "; ".join(took))
END
