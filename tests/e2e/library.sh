#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# library.sh PICKET: what cmake --install puts down is a library that others can build against: the
# example of docs/library.md, configured, built and run from a temporary prefix that knows nothing
# of this checkout; and every public header compiles by itself.
set -euo pipefail
build=$(dirname "$(realpath "$1")")
root=$(realpath "$(dirname "$0")/../..")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "library: $*" >&2
  exit 1
}

cmake --install "$build" --prefix "$work/prefix" --component library >"$work/installed"
cp -r "$root/examples/embed" "$work/embed"
grep -rlF "$root" "$work/prefix" --include='*.cmake' --include='*.h' &&
  fail "these name the checkout"
cmake -S "$work/embed" -B "$work/out" -G Ninja -D CMAKE_PREFIX_PATH="$work/prefix" \
  -D CMAKE_BUILD_TYPE=Release -D CMAKE_CXX_FLAGS="-O0 -Wall -Wextra" >"$work/configured" ||
  fail "the example does not configure: $(tail -5 "$work/configured")"
cmake --build "$work/out"
"$work/out/embed" | tee "$work/tracks"

# Where the example's two targets are after 30 s, within 60 m.
near() {
  awk -v east="$1" -v north="$2" '
    { gsub(/[^-0-9. ]/, ""); e = $3 - east; n = $4 - north; if (e * e + n * n < 3600) found = 1 }
    END { exit !found }' "$work/tracks" || fail "no track near $1, $2"
}
[[ $(wc -l <"$work/tracks") == 2 ]] || fail "two tracks are expected"
near -4800 2000
near 5000 -2250

# A later minor version than the one that is there is not found.
mkdir "$work/later"
cat >"$work/later/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(later LANGUAGES NONE)
find_package(picket 0.2 REQUIRED)
END
if cmake -S "$work/later" -B "$work/later/out" -D CMAKE_PREFIX_PATH="$work/prefix" \
  >"$work/later.log" 2>&1; then
  fail "version 0.2 was found"
fi
grep -q 'picketConfig.cmake, version: 0.1' "$work/later.log" || fail "$(cat "$work/later.log")"

# Each header by itself: the installed ones without the checkout's include folder, then the others.
alone() {
  echo "#include <$2>" | "${CXX:-g++}" -std=c++20 -fsyntax-only -x c++ -I "$1" \
    -I /usr/include/eigen3 - || exit 255
}
export -f alone
compile_each() { # FOLDER, HEADERS on standard input
  xargs -n 1 -P "$(nproc)" bash -c "alone '$1' \"\$1\"" _ ||
    fail "a public header does not compile by itself"
}
(cd "$work/prefix/include" && find picket -name '*.h') | sort >"$work/installed-headers"
(cd "$root/include" && find picket -name '*.h') | sort >"$work/headers"
compile_each "$work/prefix/include" <"$work/installed-headers"
comm -13 "$work/installed-headers" "$work/headers" | compile_each "$root/include"
echo "library: all as expected"
