#!/usr/bin/env bash
# An engine that is missing or broken costs that engine and nothing else: its module hidden, its
# library cut or another file, its plugin gone. Of an installed package that was moved to another prefix.
source "$(dirname "$0")/_expect.sh"
if grep -q '^NNSTRETCH_SANITIZE:STRING=.' "$NNSTRETCH_BUILD/CMakeCache.txt"; then
  echo "SKIPPED: installed as released, tested with --preset release"
  exit 77
fi
if grep -qE '^NNSTRETCH_(OPENVINO|LITERT|QNN):BOOL=OFF' "$NNSTRETCH_BUILD/CMakeCache.txt"; then
  echo "SKIPPED: needs a build with all engines"
  exit 77
fi
unset NNSTRETCH_DEPS LD_LIBRARY_PATH
cmake --install "$NNSTRETCH_BUILD" --prefix "$PWD/first" >install.log || fail "not installed"
mv first moved
nn=$PWD/moved/bin/nnstretch
engines=$(dirname "$(find "$PWD/moved" -name libnnstretch_modules.so)")
trap 'rm -rf moved work' EXIT
mkdir nets
cp "$configs"/tiny/TINY-R-CDG.yaml nets/
expect 0 "$nn" build --cfg nets/TINY-R-CDG.yaml --out net.tflite

# works WORDS LEFT...: devices says WORDS and has each of the engines LEFT with a usable CPU, and the
# other commands get along with those.
works() {
  local words=$1 engine
  shift
  expect 0 "$nn" devices
  cp out devices
  says devices "$words"
  for engine in "$@"; do
    grep -E "^$engine .* cpu " devices | grep -qv 'no: ' || fail "$engine is not usable: $words"
  done
  expect 0 "$nn" bench --model net.tflite --num_runs 2 --warmup_runs 0 --latency_only
  rm -rf work
  expect 0 "$nn" run --configs nets --workdir work --num_runs 2 --warmup_runs 0
  says out "Results generated at"
}

# hidden FILE / cut FILE [BYTES] / replaced FILE: as it says; restored FILE: as it was.
hidden() { mv "$engines/$1" kept; }
cut() {
  mv "$engines/$1" kept
  head -c "${2:-1000000}" kept >"$engines/$1"
}
restored() { mv kept "$engines/$1"; }

works 'openvino ' openvino litert reference

openvino=$(cd "$engines" && ls libopenvino.so.*)
for engine in openvino litert; do
  other=litert
  [[ $engine == litert ]] && other=openvino
  module=libnnstretch_engine_$engine.so
  hidden "$module"
  works "its module does not open: $engines/$module: cannot open" "$other" reference
  expect 0 "$nn" bench --model net.tflite --num_runs 2 --latency_only --engine $engine
  says err "cannot be used: its module does not open"
  restored "$module"
done

# Both: the reference engine is slow and all that is left.
hidden libnnstretch_engine_openvino.so
mv "$engines/libnnstretch_engine_litert.so" kept_too
works "libnnstretch_engine_litert.so: cannot open" reference
restored libnnstretch_engine_openvino.so
mv kept_too "$engines/libnnstretch_engine_litert.so"

hidden libnnstretch_engine_qnn.so
works "libnnstretch_engine_qnn.so: cannot open" openvino litert reference
restored libnnstretch_engine_qnn.so

cut "$openvino"
works "$openvino is cut short" litert reference
restored "$openvino"
cut libLiteRt.so
works "libLiteRt.so is cut short" openvino reference
restored libLiteRt.so
hidden "$openvino"
works "$openvino: cannot open" litert reference
restored "$openvino"

# Another file, another library, a module of another build.
hidden libLiteRt.so
echo "no library" >"$engines/libLiteRt.so"
works "libLiteRt.so: " openvino reference
restored libLiteRt.so
hidden libLiteRt.so
cp "$engines"/libtbb.so.12 "$engines/libLiteRt.so"
works "undefined symbol: LiteRt" openvino reference
restored libLiteRt.so
module=libnnstretch_engine_litert.so
hidden $module
cp "$engines"/libnnstretch_modules.so "$engines/$module"
works "$module is no engine of this program" openvino reference
build=$("$nn" --version | tr -d '()')
LC_ALL=C sed "s/$build/${build//[0-9a-f]/7}/" kept >"$engines/$module"
works "$module belongs to nnstretch ${build//[0-9a-f]/7}, this is $build" openvino reference
restored $module

# The plugin is opened by the library itself.
plugin=libopenvino_intel_cpu_plugin.so
hidden $plugin
works "OpenVINO's CPU plugin does not load" litert reference
restored $plugin
cut $plugin
works "$plugin is cut short" litert reference
restored $plugin

# So are these, by the library of its threads.
for library in libtbbmalloc.so.2 libhwloc.so.15 libtbbbind_2_5.so.3; do
  cut $library 5000
  works "$library is cut short" litert reference
  restored $library
done

# Another engine under this one's name, and what would wait for a writer.
module=libnnstretch_engine_litert.so
hidden $module
cp "$engines/libnnstretch_engine_openvino.so" "$engines/$module"
works "$module holds the engine openvino" openvino reference
rm "$engines/$module"
mkfifo "$engines/$module"
works "$module is no file" openvino reference
rm "$engines/$module"
restored $module

# Who uses no engine opens none.
expect 0 "$nn" bench --model net.tflite --num_runs 10 --latency_only --json result.json
opened() { LD_DEBUG=files LD_DEBUG_OUTPUT=$PWD/loaded "$@" >/dev/null 2>&1; cat loaded.*; rm loaded.*; }
opened "$nn" devices | grep -q libnnstretch_engine_openvino || fail "devices is not seen to open OpenVINO"
for words in "--version" "--help" "info --cfg nets/TINY-R-CDG.yaml" "compare result.json result.json"; do
  # shellcheck disable=SC2086  # one word an argument
  opened "$nn" $words | grep -oE '(libnnstretch_engine_|libopenvino|libLiteRt|libonnxruntime)[^ ;]*' |
    sort -u >found
  [[ ! -s found ]] || { fail "$words opens an engine"; cat found; }
done

# A module's copies of rooms must not hold what is there once a process (src/engines/module.h).
for module in $(find "$NNSTRETCH_BUILD/lib" -name 'libnnstretch_engine_*.so'); do
  nm -C "$module" | grep -E 'nnstretch::(log::|tell_once|use_flags|engines::EngineList)' >found
  [[ ! -s found ]] || { fail "$module has what belongs to the program"; cat found; }
done
finish
