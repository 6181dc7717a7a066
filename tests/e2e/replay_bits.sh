#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# replay_bits.sh PICKET: `picket track SITE RECORDING` gives the recorded pictures again, byte for
# byte: hills, radars, clutter and a raid, from a simulated scenario that the live service took in.
# Then of a recording that a second run, of earlier reports, went on with.
# shellcheck source=tests/e2e/lib.bash
source "$(dirname "$0")/lib.bash"

"$picket" simulate "$here/../../scenarios/coast_raid.toml" -o raid --duration 90
"$picket" run raid/site.toml raid/reports.jsonl --listen 127.0.0.1:0 --record raid.gpkg --for 8
[[ ! -e raid.gpkg-wal ]]
"$picket" check raid.gpkg
[[ $(sqlite3 raid.gpkg "SELECT group_concat(sensor) FROM sensors") == radar-headland,radar-inland ]]
[[ $(sqlite3 raid.gpkg "SELECT count(*) FROM places") == 1 ]]
[[ $(sqlite3 raid.gpkg "SELECT CAST(payload AS TEXT) ->> 'flags' FROM evidence WHERE kind = 6") == \
  *-ffp-contract=off* ]]
"$picket" convert raid.gpkg again-reports.jsonl
sqlite3 raid.gpkg "SELECT CAST(payload AS TEXT) FROM evidence WHERE kind = 2 ORDER BY sequence" \
  >recorded-reports.jsonl
sqlite3 raid.gpkg "SELECT CAST(payload AS TEXT) FROM evidence WHERE kind = 4 ORDER BY sequence" \
  >recorded.jsonl
count=$(wc -l <recorded-reports.jsonl)
# The service may be slower than the simulated minute and a half; a hundred reports are enough.
[[ $count -ge 100 ]]
cmp recorded-reports.jsonl <(head -n "$count" raid/reports.jsonl)
cmp recorded-reports.jsonl again-reports.jsonl

"$picket" track raid/site.toml raid.gpkg --every 1 -o again.jsonl
pictures=$(wc -l <recorded.jsonl)
[[ $pictures -ge 20 ]]
# At the end of its input `track` also gives the last pictures, which the service still waited for.
cmp recorded.jsonl <(head -n "$pictures" again.jsonl)
[[ $(wc -l <again.jsonl) -le $((pictures + 10)) ]]
grep -q '"id":' recorded.jsonl

# Each run had an engine of its own: the second one's reports lie before the first one's last.
head -n 150 raid/reports.jsonl >first.jsonl
"$picket" run raid/site.toml first.jsonl --listen 127.0.0.1:0 --record raid.gpkg --for 2
sqlite3 raid.gpkg "SELECT CAST(payload AS TEXT) FROM evidence WHERE kind = 4 ORDER BY sequence" \
  >recorded.jsonl
[[ $(wc -l <recorded.jsonl) -gt $pictures ]]
"$picket" track raid/site.toml raid.gpkg --every 1 -o again.jsonl
cmp recorded.jsonl again.jsonl
"$picket" track raid/site.toml - --every 1 -o again.jsonl <raid.gpkg
cmp recorded.jsonl again.jsonl
echo "$pictures recorded pictures of $count reports given again byte for byte"
