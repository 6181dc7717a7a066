#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# kill_recording.sh PICKET [ROUNDS]: kill -9 at random moments under load leaves a recording that
# opens, verifies and holds every acknowledged report.
#
# A killed process leaves its files to the kernel, so a file system in memory shows the same as a
# disk and gets through many more transactions; a share of the rounds runs on the disk all the same.
set -euo pipefail
load=$(dirname "$1")/recording_load
rounds=${2:-200}
disk=$(mktemp -d)
memory=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
trap 'rm -rf "$disk" "$memory"' EXIT
"$load" "$rounds" "$memory" "$RANDOM"
"$load" $((rounds / 5)) "$disk" "$RANDOM"
