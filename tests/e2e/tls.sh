#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tls.sh PICKET: OpenSSL's own server at the other end of a feed and of an output, each asking for a
# certificate; files that do not fit are told of by picket check.
# shellcheck source=tests/e2e/lib.bash
source "$(dirname "$0")/lib.bash"

# until_there PATTERN FILE
until_there() {
  for _ in $(seq 300); do
    ! grep -q "$1" "$2" 2>/dev/null || return 0
    sleep 0.1
  done
  fail "no '$1' in $2: $(tail -5 "$2")"
}

curve=(-newkey ec -pkeyopt "ec_paramgen_curve:P-256" -nodes -days 1)
openssl req -x509 "${curve[@]}" -subj /CN=authority -keyout ca.key -out ca.pem 2>/dev/null
for name in server picket; do
  openssl req "${curve[@]}" -subj "/CN=$name" -keyout $name.key -out $name.csr 2>/dev/null
  openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 -out $name.pem \
    -extfile <(echo "subjectAltName = DNS:$name.example, IP:127.0.0.1") 2>/dev/null
done

# serve NAME: OpenSSL's server, sending what NAME.in gets and keeping what it reads in NAME.out.
serve() {
  mkfifo "$1.in"
  openssl s_server -accept 127.0.0.1:0 -cert server.pem -key server.key -CAfile ca.pem -Verify 1 \
    -verify_return_error <"$1.in" >"$1.out" 2>&1 &
  pids+=($!)
  disown
}
serve feed
exec 3>feed.in
serve display
exec 4>display.in
for name in feed display; do until_there '^ACCEPT 127' $name.out; done
address() { sed -n 's/^ACCEPT //p' "$1.out" | head -1; }

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
[[input]]
format = "reports"
tcp = "$(address feed)"
tls = { ca = "ca.pem", certificate = "picket.pem", key = "picket.key" }
[[output]]
format = "cot"
tcp = "$(address display)"
[output.tls]
ca = "ca.pem"
certificate = "picket.pem"
key = "picket.key"
server_name = "server.example"
END
"$picket" check site.toml >out || fail "the site: $(cat out)"
sed 's/key = "picket.key" }/key = "server.key" }/' site.toml >wrong.toml
! "$picket" check wrong.toml >out || fail "a key of another certificate passes"
grep -q 'wrong.toml: input\[0\].tls.key: .server.key. is no PEM file of a key that fits' out ||
  fail "what check says: $(cat out)"

"$picket" run site.toml --listen 127.0.0.1:0 2>err &
pids+=($!)
run=$!
until_there 'listening on' err
until_there "tls $(address feed): up\|cot tls $(address display): up" err
for second in 0 1 2 3 4 5; do
  echo "{\"time\":$((1772366400 + second)),\"sensor\":\"one\",\"detections\":[{\"east_m\":$((\
    second * 20)),\"north_m\":500,\"up_m\":100}]}" >&3
done
until_there 'uid="picket\.[0-9a-f]\{8\}\.1"' display.out
kill -TERM "$run"
wait "$run" || fail "exit $?"
echo "tls: a track over OpenSSL's server, in and out"
