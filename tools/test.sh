#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every test and check of picket, one line each; logs in build/logs. Ends with one line of the form
# "N passed, N failed, N skipped", counting test cases where a runner has them and steps elsewhere.
#   tools/test.sh            all groups, in order
#   tools/test.sh GROUP...   only these; the groups are the functions named group_* below
#
# PICKET_DATA    folder of real captures; without it the tests that need them are skipped by name
# PICKET_BENCH   folder of the benchmark generators and scorers; without it those runs are skipped
# FUZZ_SECONDS   how long each fuzz target runs (10)
# TIDY_SECONDS   for how long clang-tidy may start further files (240)
# Groups are called by name, which shellcheck cannot see:
# shellcheck disable=SC2317
set -euo pipefail
source "$(dirname "$0")/lib.sh"
cd "$root"

passed=0 failed=0 skipped=0

# check NAME COMMAND...: a step that is one test.
check() {
  local code=0
  step "$@" || code=$?
  case $code in
    0) passed=$((passed + 1)) ;;
    77) skipped=$((skipped + 1)) ;;
    *) failed=$((failed + 1)) ;;
  esac
  return "$code"
}

# suite NAME COMMAND...: a step whose runner counts its cases, in JUnit form in build/logs/NAME.xml.
suite() {
  local xml=$logs/${1//[^a-zA-Z0-9._-]/-}.xml code=0 counts
  rm -f "$xml"
  LOG_TAIL=5 step "$@" || code=$?
  counts=$("$python" tools/junit_counts.py "$xml") || counts="0 0 0"
  read -r p f s <<<"$counts"
  [[ $f -eq 0 ]] || "$python" tools/junit_counts.py --failures "$xml"
  printf '  %-34s          of its cases %d ran well, %d failed, %d were skipped\n' "" "$p" "$f" "$s"
  # A runner that fails, or that runs nothing, must not look like a pass.
  if [[ $f -eq 0 && ($code -ne 0 || $p -eq 0) ]]; then
    f=1
  fi
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  return "$code"
}

unit_tests() { # PRESET LOGNAME [CTEST ARGUMENT...]
  local preset=$1 name=$2
  shift 2
  ctest --test-dir "build/$preset" -j "$jobs" --output-on-failure \
    --output-junit "$logs/$name.xml" "$@"
}

group_setup() {
  check "packages" tools/setup.sh test || exit_with_summary
  check "console-build" tools/console.sh
}

group_style() {
  check "style" tools/tidy
  check "style-tests" "$python" -m unittest discover -s tests/tools -p 'test_*.py'
  check "shellcheck" scripts_are_sound
  check "clang-format" format_is_clean
}

scripts_are_sound() {
  git ls-files -z .ci/run '*.sh' | xargs -0 shellcheck -x -P SCRIPTDIR
}

format_is_clean() {
  git ls-files -z '*.cpp' '*.h' | xargs -0 clang-format --dry-run -Werror
}

group_release() {
  check "build-release" tools/build.sh release || return
  suite "unit-tests" unit_tests release unit-tests
}

group_console() {
  suite "console-tests" console_tests
}

console_tests() {
  cd web && npm run --silent check &&
    timeout 1200 node --test --test-concurrency=1 \
      --test-reporter=spec --test-reporter-destination=stdout \
      --test-reporter=junit --test-reporter-destination="$logs/console-tests.xml" test/*.test.mjs
}

group_e2e() {
  local script
  for script in tests/e2e/*.sh; do
    check "e2e-$(basename "$script" .sh)" timeout 600 "$script" "$root/build/release/picket"
  done
}

group_asan() {
  check "build-asan" tools/build.sh asan tests || return
  suite "unit-tests-asan" unit_tests asan unit-tests-asan
}

# The rooms below the line are the only ones with threads of their own.
group_tsan() {
  check "build-tsan" tools/build.sh tsan test_io test_server || return
  export TSAN_OPTIONS="suppressions=$root/tools/tsan.supp"
  suite "unit-tests-tsan" unit_tests tsan unit-tests-tsan -R '^(io|server)\.'
}

group_fuzz() {
  local target
  check "build-fuzz" tools/build.sh fuzz fuzzers || return
  for target in build/fuzz/*_fuzz; do
    check "fuzz-$(basename "$target" _fuzz)" tools/fuzz.sh "$target" "${FUZZ_SECONDS:-10}"
  done
}

group_tidy() {
  check "clang-tidy" tools/lint --seconds "${TIDY_SECONDS:-240}"
}

group_bench() {
  local name
  check "build-bench" tools/build.sh bench
  for name in $("$python" tools/scenarios.py list); do
    check "scenario-$name" "$python" tools/scenarios.py run "$name"
  done
}

exit_with_summary() {
  say ""
  say "$passed passed, $failed failed, $skipped skipped"
  [[ $failed -eq 0 ]]
  exit
}

groups=("$@")
if [[ $# -eq 0 ]]; then
  groups=(setup style release console e2e bench asan fuzz tsan tidy)
fi
for variable in PICKET_DATA PICKET_BENCH; do
  [[ -n ${!variable:-} ]] || say "$variable is not set: tests that need it are skipped."
done
for group in "${groups[@]}"; do
  [[ $(type -t "group_$group") == function ]] || die "no group of tests is called $group"
  say "$group"
  # A failure is counted and shown; the other groups run all the same.
  "group_$group" || true
done
exit_with_summary
