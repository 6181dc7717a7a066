#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# console.sh PICKET: the pages that PICKET has in it, in a real browser: the console on a running
# demo, which is recorded, and on the replay of that recording; on a service whose input loses its
# peer, and finds it again; the observers' page. Exit code 77:
# there is no browser to do it with. PICKET_CHROMIUM names the browser (/usr/bin/chromium).
set -euo pipefail
picket=$(realpath "$1")
web=$(cd "$(dirname "$0")/../../web" && pwd)
browser=${PICKET_CHROMIUM:-/usr/bin/chromium}
skip() {
  echo "skipped: $*"
  exit 77
}
command -v node >/dev/null || skip "Node.js is missing"
[[ -d $web/node_modules/playwright-core ]] ||
  skip "web/node_modules is missing; 'npm ci' in web/ installs it"
[[ -x $browser ]] || skip "the browser $browser is missing"

work=$(mktemp -d)
pid=
cleanup() {
  [[ -z $pid ]] || kill -9 "$pid" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

fail() {
  echo "console: $*" >&2
  sed 's/^/  | /' "$work/err" | tail -20 >&2
  exit 1
}
# start ARGUMENT...: starts picket on a port of the kernel's choice; sets pid and url
start() {
  : >"$work/err" # the shell may get to its opening below only after we have looked into it
  "$picket" "$@" --listen 127.0.0.1:0 >"$work/out" 2>"$work/err" &
  pid=$!
  for _ in $(seq 300); do
    url=$(sed -n 's/^listening on //p' "$work/err")
    [[ -z $url ]] || return 0
    kill -0 "$pid" 2>/dev/null || fail "ended at once: $*"
    sleep 0.1
  done
  fail "does not listen: $*"
}
# stop: ends it; must exit with 0
stop() {
  local code=0
  kill -TERM "$pid"
  wait "$pid" || code=$?
  pid=
  [[ $code == 0 ]] || fail "exit $code after SIGTERM"
}
# browse FILE NAME VARIABLE: the tests whose names begin with NAME, on the service at url
browse() {
  env "$3=$url" timeout 1000 node --test --test-reporter=spec --test-name-pattern="^$2" \
    "$web/test/$1.test.mjs" >"$work/log" 2>&1 || {
    cat "$work/log"
    fail "$2 failed"
  }
  grep -F '✔' "$work/log" || fail "$2: nothing ran"
}

start demo --speed 5 --record "$work/demo.gpkg"
browse console "the live picture" BASE_URL
stop
start replay "$work/demo.gpkg"
browse console "a replay" REPLAY_URL
stop

PEER_PORT=$(/usr/bin/python3 - <<'END'
import socket

with socket.socket() as one:
    one.bind(("127.0.0.1", 0))
    print(one.getsockname()[1])
END
)
export PEER_PORT
cat >"$work/links.toml" <<END
[site]
name   = "Linked"
origin = { lat = 37.5665, lon = 126.978, height_hae_m = 60.0 }
[[sensor]]
id       = "mast"
kind     = "position"
at       = { east_m = 0, north_m = 0 }
period_s = 0.2
measures = ["east", "north", "up"]
sd       = { east_m = 5, north_m = 5, up_m = 5 }
clutter  = { per_look = 0 }
[[input]]
format   = "reports"
tcp      = "127.0.0.1:$PEER_PORT"
END
start run "$work/links.toml"
browse console "a lost link" LINKS_URL
stop

cat >"$work/site.toml" <<'END'
[site]
name   = "Observed"
origin = { lat = 37.5665, lon = 126.978, height_hae_m = 60.0 }
region = { radius_m = 20000, ceiling_agl_m = 1500 }
[[sensor]]
id       = "tower"
kind     = "observer"
at       = { lat = 37.5665, lon = 126.978, height_hae_m = 62.0 }
measures = ["azimuth", "elevation"]
sd       = { azimuth_deg = 15.0, elevation_deg = 8.0 }
field    = { max_range_m = 3000 }
detect   = { model = "falloff", probability = 0.5, half_range_m = 1000 }
clutter  = { per_look = 0.3 }
END
start run "$work/site.toml" --record "$work/observed.gpkg"
browse observe "an observer" OBSERVE_URL
# What a phone was answered is on disk, whatever happens then.
kill -9 "$pid"
wait "$pid" 2>/dev/null || true
pid=
"$picket" convert "$work/observed.gpkg" "$work/observed.jsonl" >"$work/err" 2>&1 || fail "convert"
[[ $(grep -c '"tower"' "$work/observed.jsonl") == 3 ]] || fail "not the three observations"
echo "console: all is well"
