#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tools/build.sh PRESET [TARGET...]: configures a CMake preset where needed, and builds it.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
preset=${1:?usage: tools/build.sh PRESET [TARGET...]}
shift
cd "$root"

if [[ ! -f build/$preset/build.ninja ]]; then
  cmake --preset "$preset"
fi
cmake --build "build/$preset" -j "$jobs" ${1:+--target "$@"}
