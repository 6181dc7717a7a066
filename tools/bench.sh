#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The benchmarks of bench/, and with PICKET_BENCH the scored tracking scenarios. Results go to the
# screen and, in Google Benchmark's JSON form, to build/bench-results.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
cd "$root"
tools/build.sh bench
tools/build.sh release picket
mkdir -p build/bench-results
for target in build/bench/*_bench; do
  "$target" --benchmark_out="build/bench-results/$(basename "$target").json"
done
if [[ -z ${PICKET_BENCH:-} ]]; then
  say "PICKET_BENCH is not set: the tracking scenarios are skipped."
  exit 0
fi
"$python" tools/scenarios.py list | xargs "$python" tools/scenarios.py run
