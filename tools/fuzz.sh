#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tools/fuzz.sh build/fuzz/NAME_fuzz SECONDS: runs a fuzz target over its corpus fuzz/corpus/NAME
# for a bounded time, or until FUZZ_RUNS executions. What it finds goes to build/; the corpus in the
# repository stays as it is. Its findings exit with 1: libFuzzer's own 77 means "skipped" here.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
target=$1 seconds=$2
name=$(basename "$target" _fuzz)
corpus=$root/fuzz/corpus/$name
[[ -n $(find "$corpus" -type f 2>/dev/null | head -n 1) ]] || die "no corpus in $corpus"
found=$root/build/fuzz-found/$name
mkdir -p "$found/new" "$found/crashes"
# 64 KiB reaches every length field of the formats; five seconds for one of them is a hang. Weighing
# inputs by their rare features and naming new functions would take as long as the decoding.
# Nor is it noted where memory was allocated, a tenth to a fifth of the time: a finding that is run
# again, alone, tells.
export ASAN_OPTIONS=malloc_context_size=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}
exec timeout $((seconds * 3 + 60)) "$target" -max_total_time="$seconds" -timeout=5 \
  -rss_limit_mb=2048 -max_len=65536 -artifact_prefix="$found/crashes/" -print_final_stats=1 \
  -error_exitcode=1 -runs="${FUZZ_RUNS:--1}" -entropic=0 -print_funcs=0 \
  "$found/new" "$corpus"
