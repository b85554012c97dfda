#!/usr/bin/env bash
# Outputs that are no files, and names of others: what is there stays there, and nothing is written
# anywhere else.
source "$(dirname "$0")/_expect.sh"
net=$configs/tiny/TINY-RX-CD.yaml
photo=$NNSTRETCH_PHOTOS/cat.jpg
expect 0 "$NNSTRETCH" build --cfg "$net" --out net.tflite

# writes COMMAND...: COMMAND OUTPUT into a pipe, a link, standard output, a device; each stays.
writes() {
  rm -rf place && mkdir place
  mkfifo place/pipe
  echo old >place/target
  ln -s target place/link
  ln -s /proc/self/fd/1 place/stdout
  ln -s /dev/null place/null
  cat place/pipe >place/read &
  expect 0 "$@" place/pipe
  wait
  [[ -p place/pipe && -s place/read ]] || fail "nothing came out of the pipe: $*"
  expect 0 "$@" place/link
  [[ -L place/link ]] && ! grep -qx old place/target || fail "the link is not followed: $*"
  expect 0 "$@" place/stdout
  [[ -L place/stdout && -s out ]] || fail "standard output is not written: $*"
  expect 0 "$@" place/null
  [[ -L place/null && -c /dev/null ]] || fail "the device is gone: $*"
  expect 1 "$@" /dev/full
  one_message
  says err "No space left"
  ln -s nowhere place/dangling
  expect 1 "$@" place/dangling
  one_message
  says err nowhere
  expect 1 "$@" place
  one_message
  [[ $(find place | wc -l) == 8 ]] || { fail "something else is left: $*"; ls place; }
}
writes "$NNSTRETCH" info --cfg "$net" --json
writes "$NNSTRETCH" devices --write
writes "$NNSTRETCH" infer --model net.tflite --input "$photo" --engine reference --output
writes "$NNSTRETCH" bench --model net.tflite --engine reference --num_runs 1 --latency_only --trace
mkfifo pipe.tflite
cat pipe.tflite >read.tflite &
expect 0 "$NNSTRETCH" build --cfg "$net" --out pipe.tflite
wait
cmp net.tflite read.tflite || fail "a model file out of a pipe is another one"

# An output that cannot be is an error before the work begins: the input is not looked at.
touch file
for words in "build --cfg none.yaml --out file/net.tflite" "build --cfg none.yaml --out net.tflite --json file/r" \
  "bench --cfg none.yaml --trace file/t" "bench --cfg none.yaml --json file/r" "info --cfg none.yaml --json file/r" \
  "infer --cfg none.yaml --input none.png --output file/y.npy" "infer --cfg none.yaml --input none.png --values file" \
  "infer --cfg none.yaml --input none.png --save_input file/x.npy" "convert none.pyth file/w.safetensors" \
  "run --configs none.yaml --trace file" "compare none.json none.json --json file/r" "devices --write file/m.yaml"; do
  # shellcheck disable=SC2086  # words
  expect 1 "$NNSTRETCH" $words
  one_message
  says err "Not a directory"
done
[[ ! -s file ]] || fail "the file that stood in the way is written"

# Tensors that are called as no file may be. Names of one length, so that the file stays sound.
python3 - <<'PY' || fail "there are no tensors to rename"
data = open("net.tflite", "rb").read()
for name, evil in ((b"s1_cpu_b1_a_act", b"../../escaped_x"), (b"s2_dsp_b1_b_act", b"/a/\x1b[2J\nevil/..")):
    assert name in data and len(name) == len(evil), name
    data = data.replace(name, evil)
open("evil.tflite", "wb").write(data)
PY
mkdir -p deep/er
expect 0 "$NNSTRETCH" infer --model net.tflite --input "$photo" --values plain
expect 0 "$NNSTRETCH" infer --model evil.tflite --input "$photo" --values deep/er/values
[[ $(find deep -type d | wc -l) == 3 ]] || { fail "folders are made of tensor names"; find deep -type d; }
[[ $(find deep -name '*.npy' | wc -l) == $(find plain -name '*.npy' | wc -l) ]] || fail "values are missing"
[[ $(find deep -name '*escaped_*' | wc -l) == 1 ]] || fail "the value of the escaping name is not in the folder"
[[ $(find .. -maxdepth 5 -name '*escaped_*' | wc -l) == 1 ]] || fail "a tensor name leads out of the folder"

# What steers a terminal.
evil=$'evil\x1b[31m\nname'
cp net.tflite "$evil.tflite"
expect 0 "$NNSTRETCH" inspect evil.tflite --ops
! grep -q $'\x1b' out || fail "inspect prints what tensors are called as it is"
expect 0 "$NNSTRETCH" bench --model "$evil.tflite" --engine reference --num_runs 1 --latency_only --json bench.json
! grep -q $'\x1b' out err || fail "bench prints the name of the file as it is"
python3 -c 'import json; assert "\x1b" in json.load(open("bench.json"))["model"]' || fail "JSON holds another name"
expect 1 "$NNSTRETCH" bench --model "$evil.onnx"
one_message
! grep -q $'\x1b' err || fail "an error prints the name of the file as it is"
bytes=$'no\xffutf8.tflite'
cp net.tflite "$bytes"
expect 0 "$NNSTRETCH" infer --model "$bytes" --input "$photo" --engine reference --json -
python3 -m json.tool out >/dev/null || fail "a name that is no UTF-8 gives JSON that is none"
finish
