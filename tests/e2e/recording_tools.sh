#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# recording_tools.sh PICKET: other people's tools read a recording. GDAL shows its layers as a map
# program would, SQLite reads it, and the Python program of docs/recording.md verifies it.
set -euo pipefail
picket=$1
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-/usr/bin/python3}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
file=$folder/evening.gpkg

expect() { # WHAT EXPECTED ACTUAL
  if [[ $2 != "$3" ]]; then
    printf '%s: expected\n%s\nbut it is\n%s\n' "$1" "$2" "$3" >&2
    exit 1
  fi
}

head=$("$(dirname "$picket")/recording_load" sample "$file")

# GDAL: every layer, its kind of geometry, and no complaint about the file.
expect "ogrinfo's list" "1: tracks (3D Point)
2: detections (Point)
3: sensors (Point)
4: places (Point)
5: alerts (Point)
6: evidence (None)
7: recording (None)" "$(ogrinfo -ro -q "$file" 2>&1)"
told=$(ogrinfo -ro -al -geom=YES "$file" 2>&1)
for part in "POINT Z (126.97 37.51 900)" "time (DateTime) = 2026/03/01 12:00:01.500+00" \
  "speed_mps (Real) = 50" "corroborated (Integer(Boolean)) = (null)" \
  "sensor (String) = radar-north" "name (String) = Terminal 1" "level (String) = warning" \
  "POINT (126.97 37.51)" 'ID["EPSG",4326]'; do
  grep -qF "$part" <<<"$told" || expect "ogrinfo" "... $part ..." "$told"
done
if grep -iE '^(warning|error)' <<<"$told"; then
  expect "ogrinfo" "no warning" "$told"
fi

expect "sqlite3" "2|{\"time\":\"2026-03-01T12:00:01Z\"" \
  "$(sqlite3 "$file" "SELECT kind, substr(CAST(payload AS TEXT), 1, 30) FROM evidence
                      WHERE sequence = 3")"

# The program as the document prints it.
# shellcheck disable=SC2016  # these are no commands
sed -n '/^```python$/,/^```$/p' "$here/../../docs/recording.md" | sed '1d;$d' >"$folder/verify.py"
[[ $(wc -l <"$folder/verify.py") -le 20 ]]
expect "verify.py" "$head" "$("$python" "$folder/verify.py" "$file")"

# picket says the same, and knows a tail that was cut off.
"$picket" check "$file" | grep -qF "head $head"
"$picket" check --head "$head" "$file" >/dev/null
tamper() { # SQL: what somebody does who can write the file; the triggers are put back as they were
  cp "$file" "$folder/altered.gpkg"
  sqlite3 "$folder/altered.gpkg" "SELECT sql || ';' FROM sqlite_schema WHERE type = 'trigger'" \
    >"$folder/rules.sql"
  sqlite3 "$folder/altered.gpkg" "DROP TRIGGER evidence_update; DROP TRIGGER evidence_delete;
    DROP TRIGGER evidence_insert; $1; $(cat "$folder/rules.sql")"
}
tamper "UPDATE evidence SET received_ns = received_ns + 1 WHERE sequence = 4"
expect "verify.py" "entry 4 does not fit the chain" \
  "$("$python" "$folder/verify.py" "$folder/altered.gpkg" 2>&1 || true)"
code=0
told=$("$picket" check "$folder/altered.gpkg" 2>&1) || code=$?
expect "exit code of check" 1 "$code"
grep -qF "entry 4 does not fit the chain" <<<"$told"

tamper "DELETE FROM evidence WHERE sequence = 5; DELETE FROM alerts"
"$picket" check "$folder/altered.gpkg" >/dev/null
code=0
told=$("$picket" check --head "$head" "$folder/altered.gpkg" 2>&1) || code=$?
expect "exit code of check --head" 1 "$code"
grep -qF "entry 5 is missing: the recording ends before the head given" <<<"$told"
echo "read by GDAL, SQLite and Python; tampering told"
