#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Line coverage of the unit tests, per room, from gcov's own JSON.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
cd "$root"
tools/build.sh coverage tests
find build/coverage -name '*.gcda' -delete
step coverage-tests ctest --test-dir build/coverage -j "$jobs" --output-on-failure
"$python" tools/coverage_table.py build/coverage
