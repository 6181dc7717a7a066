#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# sapient.sh PICKET: a SAPIENT sensor that no site file names registers with picket run and is on
# the map within 10 s, and on a TAK display. With PICKET_DATA the standard's conformance messages.
# shellcheck source=tests/e2e/lib.bash
source "$(dirname "$0")/lib.bash"
node=$here/../../examples/sapient_node.py

port=$(
  python3 - <<'END'
import socket

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    print(free.getsockname()[1])
END
)
count='import json, sys; print(len(json.load(sys.stdin)["tracks"]))'
cat >site.toml <<END
[site]
name = "Open"
origin = { lat = 37.45, lon = 126.60, height_hae_m = 25.0 }
[[input]]
format = "sapient"
listen = "127.0.0.1:$port"
END
python3 - >display.port 2>display.err <<'END' &
import socket

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as display:
    display.bind(("127.0.0.1", 0))
    print(display.getsockname()[1], flush=True)
    display.settimeout(20)
    with open("display.xml", "wb") as seen:
        seen.write(display.recv(65536))
END
display=$!
for _ in $(seq 100); do
  [[ ! -s display.port ]] || break
  sleep 0.1
done
cat >>site.toml <<END
[[output]]
format = "cot"
udp = "127.0.0.1:$(cat display.port)"
END
"$picket" check site.toml >out || fail "the site: $(cat out)"
: >err  # for the loop, which may look before the program's shell has opened it
"$picket" run site.toml --listen 127.0.0.1:0 --record day.gpkg 2>err &
pid=$!
for _ in $(seq 300); do
  url=$(sed -n 's/^listening on //p' err)
  [[ -z $url ]] || break
  sleep 0.1
done
[[ -n $url ]] || fail "does not listen"
began=$(date +%s%N)
"$node" "127.0.0.1:$port" 6 >node.out 2>&1 &
sensor=$!
tracks=0
for _ in $(seq 100); do
  tracks=$(curl -sS "$url/v1/tracks" | python3 -c "$count")
  [[ $tracks == 0 ]] || break
  sleep 0.1
done
took_ms=$((($(date +%s%N) - began) / 1000000))
[[ $tracks == 1 ]] || fail "$tracks tracks: $(cat node.out)"
[[ $took_ms -lt 10000 ]] || fail "on the map after $took_ms ms"
grep -q 'registered: NODE_TYPE_RADAR "Example radar"' err || fail "no word of the registration"
wait "$sensor" || fail "the node: $(cat node.out)"
wait "$display" || fail "nothing on the display: $(cat display.err)"
"$picket" check --as cot display.xml >out || fail "the display: $(cat out)"
grep -q 'uid="picket\.[0-9a-f]\{8\}\.1" type="a-u-A' display.xml ||
  fail "the display: $(cat display.xml)"
kill -TERM "$pid"
wait "$pid" || fail "exit $?"
"$picket" track site.toml day.gpkg -o again.jsonl 2>err || fail "the recording is not tracked"
# The sensor joined by its own word, and by its node_id.
id=$(sed -n 's/ is registered$//p' node.out)
grep -q "\"sources\":{\"$id\":" again.jsonl || fail "no tracks of the recording"

if [[ -n ${PICKET_DATA:-} ]]; then
  "$picket" check --as sapient "$PICKET_DATA"/sapient/valid/*.json >out ||
    fail "valid: $(grep -v ': sound' out)"
  [[ $(grep -c ': sound sapient' out) == 38 ]] || fail "not 38 sound"
  "$picket" check --as sapient "$PICKET_DATA"/sapient/invalid/*.json >out && fail "invalid: exit 0"
  [[ $(grep -c ': not sound as sapient' out) == 129 ]] ||
    fail "not 129 refused: $(grep ': sound' out)"
  "$picket" convert "$PICKET_DATA"/sapient/valid/StatusReport.FullMessage.json - --to json 2>err |
    grep -q '"status_report":{"report_id"' || fail "convert: $(cat err)"
fi
echo "sapient: on the map after $took_ms ms"
