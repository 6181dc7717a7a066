#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Brings web/node_modules and web/dist up to date: npm ci when the lock file changed, the console's
# build when a source of it changed. Does nothing, at once, when both are current.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
cd "$root/web"

# A stamp lies inside what it speaks for, so deleting the folder deletes the stamp with it.
current() { [[ -f $1 && $(<"$1") == "$2" ]]; }

lock=$(cat package.json package-lock.json | sha256sum)
if ! current node_modules/.picket-lock "$lock"; then
  say "npm packages of the console: installing"
  npm ci --no-audit --no-fund
  printf '%s' "$lock" >node_modules/.picket-lock
fi

sources=$(find . \( -name node_modules -o -name dist \) -prune -o -type f -print0 |
  LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
if ! current dist/.picket-sources "$sources"; then
  say "console: building"
  npm run build
  printf '%s' "$sources" >dist/.picket-sources
else
  say "console: current."
fi
