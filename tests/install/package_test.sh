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

# The public headers are enough for the example, and docs/api.md shows the example as it is.
cmake -S "$NNSTRETCH_SOURCE/examples" -B "$work/examples" -G Ninja \
  -DCMAKE_PREFIX_PATH="$work/moved" >"$work/configure.log" || { cat "$work/configure.log"; exit 1; }
cmake --build "$work/examples"
env -u LD_LIBRARY_PATH -u NNSTRETCH_PHOTOS "$work/moved/bin/nnstretch" build \
  --cfg "$NNSTRETCH_SOURCE/configs/tiny/TINY-R-CDG.yaml" --out "$work/tiny.tflite"
photos="$work/moved/share/nnstretch/photos"
"$work/examples/classify" "$work/tiny.tflite" "$photos/cat.jpg" "$photos/dogs.jpg" | tee "$work/out"
[[ $(grep -c ': class [0-9]' "$work/out") == 2 ]]
grep -q '^  stem .* \.\. ' "$work/out"
sed -n '/^```cpp$/,/^```$/{/^```/d;p}' "$NNSTRETCH_SOURCE/docs/api.md" >"$work/shown.cpp"
diff "$work/shown.cpp" "$NNSTRETCH_SOURCE/examples/classify.cpp"

env -u LD_LIBRARY_PATH "$work/moved/bin/nnstretch" devices --json - >"$work/devices.json"
grep -q '"openvino"' "$work/devices.json"
grep -q '"litert"' "$work/devices.json"
