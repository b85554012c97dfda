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
# Where it was built and first installed; whoever plants files there must reach nobody.
deps=$(sed -n 's/^NNSTRETCH_DEPS:PATH=//p' "$NNSTRETCH_BUILD/CMakeCache.txt")
old_places=("$NNSTRETCH_SOURCE" "$NNSTRETCH_BUILD" "$deps" "$(realpath "$deps")" "$work/first")
for place in "${old_places[@]}"; do
  if grep -rlF -- "$place" "$work/moved"; then
    echo "the files above name $place"
    exit 1
  fi
done

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
grep -q '^  stem.* \.\. ' "$work/out"
sed -n '/^```cpp$/,/^```$/{/^```/d;p}' "$NNSTRETCH_SOURCE/docs/api.md" >"$work/shown.cpp"
diff "$work/shown.cpp" "$NNSTRETCH_SOURCE/examples/classify.cpp"

# A program of others that is installed into the prefix, moved once more.
cmake -DCMAKE_INSTALL_RPATH='$ORIGIN/../lib/nnstretch' "$work/examples" >"$work/configure.log"
cmake --install "$work/examples" --prefix "$work/moved" >>"$work/configure.log"
mv "$work/moved" "$work/again"
photos="$work/again/share/nnstretch/photos"
opens() { env -u LD_LIBRARY_PATH -u NNSTRETCH_DEPS -u NNSTRETCH_PHOTOS strace -f -qq -e trace=%file -o "$work/opened" "$@"; }
for command in "classify $work/tiny.tflite $photos/cat.jpg" "nnstretch devices" \
  "nnstretch bench --model $work/tiny.tflite --num_runs 1 --latency_only"; do
  # shellcheck disable=SC2086  # one word an argument
  (cd / && opens "$work/again/bin/"$command) >"$work/out" 2>&1 || { cat "$work/out"; exit 1; }
  for place in "${old_places[@]}" "$work/moved" "$work/examples"; do
    if grep -F -- "\"$place" "$work/opened"; then
      echo "$command looks below $place"
      exit 1
    fi
  done
  for module in "$work"/again/lib/nnstretch/libnnstretch_engine_{openvino,litert}.so; do
    [[ ! -f $module ]] || grep -qF "\"$module\"" "$work/opened" ||
      { echo "$command does not open $module" && exit 1; }
  done
done
mv "$work/again" "$work/moved"

env -u LD_LIBRARY_PATH "$work/moved/bin/nnstretch" devices --json - >"$work/devices.json"
grep -q '"openvino"' "$work/devices.json"
grep -q '"litert"' "$work/devices.json"
