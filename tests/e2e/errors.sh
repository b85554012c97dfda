#!/usr/bin/env bash
# Bad input: exit code 1 or 2, one clear message, no row, nothing half-written.
source "$(dirname "$0")/_expect.sh"
net=$configs/tiny/TINY-RX-CD.yaml

# broken WORDS SED: the configuration after SED is refused with WORDS and its file and line.
broken() {
  sed "$2" "$net" >broken.yaml
  expect 1 "$NNSTRETCH" build --cfg broken.yaml --out m.tflite
  one_message
  says err "broken.yaml"
  says err "$1"
  [[ ! -e m.tflite ]] || fail "a model file of a broken configuration"
  rm -f m.tflite
}
broken DEPTHS '/DEPTHS/d'
broken DEPTHS 's/DEPTHS:.*/DEPTHS: [[1, 2]]/'
broken tpu 's/dsp/tpu/'
broken WIDTHS 's/\[\[16, 8\]/[[0, 8]/'
broken DEPTHS 's/DEPTHS:.*/DEPTHS: [[-1, 2], [2, 1]]/'
broken "is of type int" 's/STEM_W: 16/STEM_W: wide/'
broken STEM_WW 's/STEM_W:/STEM_WW:/'
broken "broken.yaml" 's/STEM_W: 16/STEM_W: [16/'

expect 0 "$NNSTRETCH" build --cfg "$net" --out good.tflite
head -c 3000 good.tflite >cut.tflite
expect 1 "$NNSTRETCH" bench --model cut.tflite
one_message
head -c 1000 /dev/urandom >noise.pyth
expect 1 "$NNSTRETCH" infer --cfg "$net" --weights noise.pyth --input "$NNSTRETCH_PHOTOS/cat.jpg"
one_message
says err noise.pyth
head -c 100 "$NNSTRETCH_PHOTOS/cat.jpg" >cut.jpg
expect 1 "$NNSTRETCH" infer --model good.tflite --input cut.jpg
one_message
says err cut.jpg
printf '\xff\x00\x00\x00\x00\x00\x00\x00{' >cut.safetensors
expect 1 "$NNSTRETCH" infer --cfg "$net" --weights cut.safetensors --input "$NNSTRETCH_PHOTOS/cat.jpg"
one_message

# Weights that are no numbers are converted, to be looked at, with a warning.
header='{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
{ printf '%b' "\\x$(printf %02x ${#header})\\0\\0\\0\\0\\0\\0\\0"; printf %s "$header"
  printf '\0\0\200\77\0\0\300\177'; } >nan.safetensors
expect 0 "$NNSTRETCH" convert nan.safetensors nan.pyth
says err "element [1] of 'w' is nan"
# Nesting that would overflow the stack of whoever walks through it.
{ printf '{"schema": 1, "configs": {"a": '; head -c 300000 /dev/zero | tr '\0' '['; } >deep.json
expect 1 "$NNSTRETCH" compare deep.json deep.json
one_message
says err "nested deeper"
head -c 100000 /dev/zero | tr '\0' '[' >deep.yaml
expect 1 "$NNSTRETCH" build --cfg deep.yaml --out m.tflite
one_message
expect 1 "$NNSTRETCH" bench --model good.tflite --machine deep.yaml
one_message
says err "nested deeper"

expect 2 "$NNSTRETCH" bench --model good.tflite --engine tensorrt
one_message
says err tensorrt
expect 1 "$NNSTRETCH" bench --model nowhere.tflite
one_message
expect 2 "$NNSTRETCH" bench --model good.tflite --core_affinity 8000000000000000000000000
one_message
expect 2 "$NNSTRETCH" bench --model good.tflite --num_threads 99
one_message
expect 2 "$NNSTRETCH" build --cfg "$net" --out m.tflite --observer median
expect 2 "$NNSTRETCH" build --cfg "$net" --out m.tflite --percentile 40
expect 2 "$NNSTRETCH" build --cfg "$net" --out m.tflite --mixed_precision some
expect 1 "$NNSTRETCH" build --cfg "$net" --out m.tflite --float_blocks s9_cpu_b1
one_message
says err s9_cpu_b1
[[ ! -e m.tflite ]] || fail "a model file of options that were refused"
expect 2 "$NNSTRETCH" bench
expect 2 "$NNSTRETCH" fly
expect 2 "$NNSTRETCH" run
expect 2 "$NNSTRETCH" run --configs nowhere
one_message
echo 'processors: [{name: a, role: cpu, cores: [99]}]' >machine.yaml
expect 1 "$NNSTRETCH" bench --model good.tflite --machine machine.yaml
one_message
says err "machine.yaml:1"
says err 99

if [[ $EUID != 0 ]]; then
  mkdir locked && chmod 555 locked
  expect 2 "$NNSTRETCH" run --configs "$net" --workdir locked
  one_message
else  # root may write anywhere but here
  expect 2 "$NNSTRETCH" run --configs "$net" --workdir /proc/nnstretch
  one_message
fi
finish
