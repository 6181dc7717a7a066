#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the missing Debian packages of tools/packages.txt, and says so; nothing is removed.
#   tools/setup.sh build    what building and running picket needs
#   tools/setup.sh test     that, and what its tests need (the section "# tests" of packages.txt)
set -euo pipefail
source "$(dirname "$0")/lib.sh"

case ${1:-} in
  build) wanted=$(sed '/^# tests/,$d' "$root/tools/packages.txt") ;;
  test) wanted=$(<"$root/tools/packages.txt") ;;
  *) die "usage: tools/setup.sh build|test" ;;
esac
wanted=$(grep -v '^ *\(#\|$\)' <<<"$wanted")

# Node.js often comes from elsewhere, with an npm of its own that Debian's would collide with.
present() {
  case $1 in
    nodejs) command -v node >/dev/null ;;
    npm) command -v npm >/dev/null ;;
    *) [[ $installed == *" $1 "* ]] ;;
  esac
}

command -v dpkg-query >/dev/null || die "this is not Debian; install by hand: ${wanted//$'\n'/ }"
installed=" $(dpkg-query -W -f '${db:Status-Status} ${Package}\n' |
  sed -n 's/^installed //p' | tr '\n' ' ') "
missing=()
for package in $wanted; do
  present "$package" || missing+=("$package")
done
if [[ ${#missing[@]} -eq 0 ]]; then
  say "Debian packages: all there."
else
  as_root=()
  if [[ $(id -u) -ne 0 ]]; then
    command -v sudo >/dev/null ||
      die "these packages are missing and need root to install: ${missing[*]}"
    as_root=(sudo)
  fi
  apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
  say "Debian packages: installing ${missing[*]}"
  "${apt[@]}" update
  "${apt[@]}" install -y --no-remove --no-install-recommends "${missing[@]}"
fi

# The console's tools need Node.js 20.19; Debian 12 has 18. The npm registry carries the program
# itself; lib.sh puts this one first in PATH once it is there.
node_is_new=$(node -p '[a, b] = process.versions.node.split("."); a * 100 + +b >= 2019')
if [[ $node_is_new != true ]]; then
  say "Node.js $(node --version) is too old for the console: fetching 22 into build/node"
  case $(uname -m) in
    x86_64) arch=x64 ;;
    aarch64) arch=arm64 ;;
    *) die "no Node.js to be had for $(uname -m); install Node.js 20.19 or later by hand" ;;
  esac
  mkdir -p "$root/build/node/bin"
  npm install --prefix "$root/build/node" --no-save --no-audit --no-fund "node-linux-$arch@22.23.3"
  ln -sf "../node_modules/node-linux-$arch/bin/node" "$root/build/node/bin/node"
fi
