#!/usr/bin/env bash
# An engine that ends the process ends one configuration: which engine, in which part, is said, the others
# go on, and the same command does the rest when the cause is gone.
source "$(dirname "$0")/_expect.sh"
grep -q '^NNSTRETCH_LITERT:BOOL=OFF' "$NNSTRETCH_BUILD/CMakeCache.txt" && {
  echo "SKIPPED: needs a build with LiteRT"
  exit 77
}
# LiteRT, but for one network and one command.
cat >dies.c <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

long LiteRtCreateCompiledModel(long a, long b, long c, long d, long e, long f) {
  char words[4096] = "";
  FILE* own = fopen("/proc/self/cmdline", "r");
  size_t count = fread(words, 1, sizeof words, own);
  fclose(own);
  const char *in = getenv("DIES_IN"), *of = getenv("DIES_OF");
  if (of && memmem(words, count, in, strlen(in)) && memmem(words, count, of, strlen(of))) abort();
  void* library = dlopen(getenv("LITERT"), RTLD_LAZY | RTLD_NOLOAD);
  long (*real)(long, long, long, long, long, long);
  *(void**)&real = dlsym(library, "LiteRtCreateCompiledModel");
  return real(a, b, c, d, e, f);
}
C
cc -shared -fPIC -O1 dies.c -o dies.so -ldl || fail "no library to stand in the way"
LITERT=$(find -L "$NNSTRETCH_SOURCE/.deps" -name libLiteRt.so | head -n 1)
export LITERT
export TMPDIR=$PWD/scratch
mkdir nets scratch
cp "$configs"/tiny/TINY-R-CDG.yaml "$configs"/tiny/TINY-RX-CD.yaml nets/
run=("$NNSTRETCH" run --configs nets --workdir work --engine litert --num_runs 3 --warmup_runs 1)

expect 1 env LD_PRELOAD="$PWD/dies.so" DIES_IN=bench DIES_OF=TINY-RX "${run[@]}"
says err "nets/TINY-RX-CD.yaml"
says err "litert: died in compiling part stem (signal 6)"
says err "1 run, 0 as they were, 1 failed"
rows work/data/result.csv 1
[[ -z $(find work -name '*.npy') && -z $(ls -A "$TMPDIR") ]] || fail "arrays are left"

# As it is when a network is quantised with the help of an engine.
expect 1 env LD_PRELOAD="$PWD/dies.so" DIES_IN=--one= DIES_OF=TINY-RX \
  "$NNSTRETCH" run --configs nets --workdir other --engine litert --num_runs 3 --observer best
says err "nets/TINY-RX-CD.yaml: died in quantising (signal 6)"
says err "1 run, 0 as they were, 1 failed"
rows other/data/result.csv 1

# With the cause gone the rest is done, and what was done stays.
expect 0 "${run[@]}"
says err "1 run, 1 as they were, 0 failed"
rows work/data/result.csv 2

# Steps are for programs; inputs and answers for anybody.
expect 0 "$NNSTRETCH" bench --help
says_not out tell_steps
/usr/bin/python3 - <<'P'
import numpy
x = numpy.random.default_rng(1).integers(-128, 128, (2, 64, 64, 3), numpy.int8)
numpy.save("x.npy", x)
numpy.save("second.npy", x[1:])
P
model=$(find work -name 'TINY-R-CDG*.tflite')
expect 0 "$NNSTRETCH" bench --model "$model" --engine litert --num_runs 2 --latency_only --inputs x.npy --logits y.npy
expect 0 "$NNSTRETCH" infer --model "$model" --engine litert --input second.npy --output z.npy
/usr/bin/python3 -c "import numpy as n; assert n.array_equal(n.load('y.npy')[1:], n.load('z.npy'))" || fail "another answer"
expect 1 "$NNSTRETCH" bench --model "$model" --inputs y.npy
says err "y.npy: it holds"
expect 2 "$NNSTRETCH" bench --model "$model" --logits y.npy
/usr/bin/python3 -c 'import numpy as n; n.save("none.npy", n.zeros((0, 64, 64, 3), n.int8))'
expect 1 "$NNSTRETCH" bench --model "$model" --inputs none.npy
says err "none.npy: it holds no input"

# A folder that looks like a flag is a folder; what is said where nobody can hear costs nothing.
expect 0 "$NNSTRETCH" run --configs nets/TINY-R-CDG.yaml --workdir=--my-dir --engine litert --num_runs 3 --warmup_runs 1
rows ./--my-dir/data/result.csv 1
for where in '2>/dev/full' '2>&-' '2> >(exec true)'; do
  rm -rf quiet
  bash -c "'$NNSTRETCH' run --configs nets/TINY-R-CDG.yaml --workdir quiet --engine litert --num_runs 3 >out $where"
  [[ $? == 0 ]] || fail "run $where"
  rows quiet/data/result.csv 1
  if grep -q "bound" quiet/data/*.lock quiet/data/*.csv; then fail "what is said stands in a file $where"; fi
  bash -c "'$NNSTRETCH' run --configs none.yaml >out $where"
  [[ $? == 2 ]] || fail "no configuration $where"
done

# How processors compute is one thing and the network another; what cannot be is refused.
expect 1 "$NNSTRETCH" bench --model "$model" --engine litert --strict --arithmetic bf16
says err "LiteRT computes in int8 and float32 only"
expect 2 "$NNSTRETCH" bench --cfg nets/TINY-R-CDG.yaml --precision f32 --arithmetic int8
says err "--arithmetic: a network in float is not computed in int8"
expect 2 "$NNSTRETCH" bench --model "$model" --arithmetic 2
finish
