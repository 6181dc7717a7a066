#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# sapient_peer.sh PICKET: picket between a SAPIENT sensor that no site file names and a higher node,
# both of Google's Protocol Buffers for Python (sapient_peer.py), over TLS; the sensor speaks
# version 2, then version 1. What was recorded of it is tracked again, byte for byte: the sensor
# that joined, turned and went down as well.
# shellcheck source=tests/e2e/lib.bash
source "$(dirname "$0")/lib.bash"

fail() {
  echo "sapient_peer: $*" >&2
  tail -n 20 err peer.out 2>/dev/null | sed 's/^/  | /' >&2
  exit 1
}

protoc -I "$here/../../proto" --python_out=. "$here"/../../proto/sapient{,_v1}.proto
curve=(-newkey ec -pkeyopt "ec_paramgen_curve:P-256" -nodes -days 1)
openssl req -x509 "${curve[@]}" -subj /CN=authority -keyout ca.key -out ca.pem 2>/dev/null
for name in peer picket; do
  openssl req "${curve[@]}" -subj "/CN=$name" -keyout $name.key -out $name.csr 2>/dev/null
  openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 -out $name.pem \
    -extfile <(echo "subjectAltName = IP:127.0.0.1") 2>/dev/null
done
for version in 2 1; do
  port=$("$python" -c 'import socket
print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
  rm -f api higher.port day.gpkg*
  : >err
  mkfifo api
  "$python" "$here/sapient_peer.py" . "$port" "$version" <api >peer.out 2>&1 &
  peer=$!
  pids+=("$peer")
  exec 3>api
  for _ in $(seq 300); do
    [[ ! -s higher.port ]] || break
    sleep 0.1
  done
  cat >site.toml <<END
[site]
name = "Between"
origin = { lat = 37.45, lon = 126.60, height_hae_m = 25.0 }
[[place]]
name = "Quay"
at = { lat = 37.45, lon = 126.62 }
radius_m = 500
[[input]]
format = "sapient"
listen = "127.0.0.1:$port"
tls = { ca = "ca.pem", certificate = "picket.pem", key = "picket.key" }
[[output]]
format = "sapient"
tcp = "127.0.0.1:$(cat higher.port)"
every_s = 0.5
tls = { ca = "ca.pem", certificate = "picket.pem", key = "picket.key" }
END
  "$picket" check site.toml >out || fail "the site: $(cat out)"
  "$picket" run site.toml --listen 127.0.0.1:0 --record day.gpkg 2>err &
  pid=$!
  pids+=("$pid")
  for _ in $(seq 600); do
    url=$(sed -n 's/^listening on //p' err)
    [[ -z $url ]] || break
    sleep 0.1
  done
  [[ -n $url ]] || fail "does not listen"
  echo "$url" >&3
  wait "$peer" || fail "version $version, the peer: $(cat peer.out)"
  exec 3>&-
  kill -TERM "$pid"
  wait "$pid" || fail "exit $?"
  grep -q 'registered with 0b7d9c52' err || fail "no word of the higher node"

  "$picket" check day.gpkg >out || fail "the recording: $(cat out)"
  [[ $(sqlite3 day.gpkg "SELECT count(*) FROM evidence WHERE kind = 8") -ge 3 ]] ||
    fail "the sensor's changes are not recorded"
  sqlite3 day.gpkg "SELECT CAST(payload AS TEXT) FROM evidence WHERE kind = 4 ORDER BY sequence" \
    >recorded.jsonl
  [[ $(wc -l <recorded.jsonl) -ge 3 ]] || fail "$(wc -l <recorded.jsonl) pictures"
  "$picket" track site.toml day.gpkg --every 1 -o again.jsonl 2>track.err ||
    fail "the recording is not tracked: $(cat track.err)"
  cmp recorded.jsonl <(head -n "$(wc -l <recorded.jsonl)" again.jsonl) || fail "other tracks"
  grep -q '"sources":{"5f1a54e3-1d2c-4b7a-9f0e-6a1b2c3d4e5f":' recorded.jsonl ||
    fail "not its tracks"
  echo "sapient_peer, version $version: $(tr '\n' ';' <peer.out)"
done
