#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# examples.sh PICKET: every command at the head of docs/adsb.md and docs/asterix.md runs in a
# checkout, on what is shipped in examples/, and gives what is said there.
# shellcheck source=tests/e2e/lib.bash
source "$(dirname "$0")/lib.bash"

ln -s "$here/../../examples" examples
mkdir bin
ln -s "$picket" bin/picket
PATH=$PWD/bin:$PATH

# run PAGE COUNT: so many commands stand before its first heading; what they say is in PAGE.N
run() {
  local page=$1 count=$2 n=0 line
  while IFS= read -r line; do
    [[ $line == "    "* ]] || continue
    line=${line#    }
    if [[ $line != picket* ]]; then # a variable
      eval "$line"
      continue
    fi
    n=$((n + 1))
    expect 0 bash -c "start=${start:-}; $line"
    cp out "$page.$n"
  done < <(sed '/^## /,$d' "$here/../../docs/$page.md")
  [[ $n == "$count" ]] || fail "docs/$page.md has $n commands, expected $count"
}

run adsb 4
grep -q 'sound avr: 264 messages' adsb.1 || fail "adsb: $(cat adsb.1)"
[[ $(grep -c '"typecode":11' adsb.2) == 120 ]] || fail "adsb: positions"
[[ $(grep -c '"time":"2026-03-01T12:0[01]:' reports.jsonl) == 120 ]] || fail "adsb: reports"
tail -1 tracks.jsonl | grep -q '"icao":"71BA05".*"icao":"71BB42"' || fail "adsb: tracks"

run asterix 6
grep -q '"cat":34' asterix.2 || fail "asterix: markers"
grep -q '"rho_nm"' asterix.2 || fail "asterix: plots"
grep -q '"cat":48,"edition":"1.21"' asterix.3 || fail "asterix: edition"
tail -1 tracks.jsonl | grep -q '"id":1.*"id":2' || fail "asterix: two targets"
[[ $(grep -c '"cat":62,.*"sac":25,"sic":100' asterix.6) -ge 20 ]] || fail "asterix: tracks"
echo "examples: the commands of adsb.md and asterix.md run"
