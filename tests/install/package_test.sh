#!/usr/bin/env bash
# The installed package is enough for a program of somebody else, and for the command itself, also
# after the whole prefix was moved: nothing of the build or source tree is used.
set -euo pipefail
if grep -q '^NNSTRETCH_SANITIZE:STRING=.' "$NNSTRETCH_BUILD/CMakeCache.txt"; then
  echo "SKIPPED: installed as released, tested with --preset release"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$NNSTRETCH_BUILD" --prefix "$work/first" >"$work/install.log"
mv "$work/first" "$work/moved"
if grep -rlF "$NNSTRETCH_SOURCE" "$work"/moved/lib*/cmake "$work"/moved/lib*/*/cmake 2>/dev/null; then
  echo "the package above names the source tree"
  exit 1
fi

cmake -S "$NNSTRETCH_SOURCE/tests/install/consumer" -B "$work/consumer" -G Ninja \
  -DCMAKE_PREFIX_PATH="$work/moved" >"$work/configure.log" || { cat "$work/configure.log"; exit 1; }
cmake --build "$work/consumer"
"$work/consumer/consumer" | tee "$work/out"
grep -q '^y = conv x out=16' "$work/out"

env -u LD_LIBRARY_PATH "$work/moved/bin/nnstretch" devices --json - >"$work/devices.json"
grep -q '"openvino"' "$work/devices.json"
grep -q '"litert"' "$work/devices.json"
