#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# golden.sh PICKET [--update]: what picket makes of the small inputs of tests/golden, compared with
# the text that it made of them before, so that each change of behaviour shows as a diff. --update
# takes what it makes now as right: read the diff in git before you commit it. On the same inputs
# the number of threads must not change a byte of the tracks.
set -euo pipefail
picket=$(realpath "$1")
golden_text=$(dirname "$picket")/golden_text
cd "$(dirname "$0")/../golden"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
now=$work/now

cases=0 changed=0
for site in */site.toml; do
  folder=$(dirname "$site")
  input=$(find "$folder" -type f ! -name '*.toml' ! -name expected.txt)
  "$golden_text" "$site" "$input" >"$now" 2>&1 || echo "exit $?" >>"$now"
  cases=$((cases + 1))
  if [[ ${2:-} == --update ]]; then
    cp "$now" "$folder/expected.txt"
  elif ! diff -u "$folder/expected.txt" "$now"; then
    changed=$((changed + 1))
  fi
  for threads in 1 2 8; do
    "$picket" track "$site" "$input" --start 2026-03-01T12:00:00Z --threads "$threads" \
      -o "$work/tracks-$threads" 2>"$work/log"
    cmp "$work/tracks-1" "$work/tracks-$threads" || {
      echo "golden: $folder: $threads threads give other tracks than one" >&2
      exit 1
    }
  done
done
[[ $cases -gt 0 ]] || {
  echo "golden: there are no cases" >&2
  exit 1
}
if [[ $changed -gt 0 ]]; then
  echo "golden: $changed of $cases changed; if that is meant, run it with --update" >&2
  exit 1
fi
echo "golden: $cases cases, all as before"
