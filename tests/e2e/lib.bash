# SPDX-License-Identifier: Apache-2.0
# What the whole-program tests share: source it with the program to be tested as $1. It goes to a
# folder of its own; at the end that is taken away, and what still runs in the background ended.
set -euo pipefail
picket=$(realpath "$1")
# Debian's own python3, because python3-numpy and the like are installed for that one.
# shellcheck disable=SC2034 # some have no use for them
here=$(realpath "$(dirname "$0")") python=${PYTHON:-/usr/bin/python3}
work=$(mktemp -d)
pids=() # of what was disowned
cleanup() {
  local pid
  for pid in "${pids[@]}" $(jobs -p); do kill -9 "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap cleanup EXIT
cd "$work"

fail() {
  echo "$(basename "$0" .sh): $*" >&2
  [[ ! -s err ]] || sed 's/^/  | /' err | tail -20 >&2
  exit 1
}
# expect CODE COMMAND...: runs it, with its output in out and err
expect() {
  local code=$1 got=0
  shift
  "$@" >out 2>err || got=$?
  [[ $got == "$code" ]] || fail "exit $got, expected $code: $*: $(head -5 out)"
}
