# SPDX-License-Identifier: Apache-2.0
# Shared by the scripts in tools/: where things are, and one plain line per step with its time.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
logs=$root/build/logs
# Debian's own python3, because python3-numpy and python3-scipy are installed for that one.
python=${PYTHON:-/usr/bin/python3}
jobs=${JOBS:-$(nproc)}
# A Node.js that setup.sh fetched because the installed one is too old.
if [[ -x $root/build/node/bin/node ]]; then
  PATH=$root/build/node/bin:$PATH
fi
export root logs python jobs

say() { printf '%s\n' "$*"; }

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# step NAME COMMAND...: runs COMMAND with its output in build/logs/NAME.log. Prints the name at once
# and the time and result at the end; on failure the tail of the log. Returns COMMAND's exit code.
# Exit code 77 means that COMMAND could not do its work here; the last line of its log says why.
step() {
  local name=$1 log=$logs/${1//[^a-zA-Z0-9._-]/-}.log start=$SECONDS code=0 word
  shift
  mkdir -p "$logs"
  printf '  %-34s' "$name"
  ("$@") >"$log" 2>&1 </dev/null || code=$?
  case $code in
    0) word=ok ;;
    77) word="skipped: $(tail -n 1 "$log")" ;;
    *) word=FAILED ;;
  esac
  printf '%5d s  %s\n' $((SECONDS - start)) "$word"
  if [[ $code -ne 0 && $code -ne 77 ]]; then
    say "  --- the last lines of ${log#"$root"/} (exit code $code):"
    tail -n "${LOG_TAIL:-40}" "$log" | sed 's/^/  | /'
  fi
  return "$code"
}
