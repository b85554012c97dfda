#!/usr/bin/env bash
# `bench --restarts`, and what `compare` refuses to compare: another input, another network of the same
# name, sequence against parallel.
source "$(dirname "$0")/_expect.sh"
net=$configs/tiny/TINY-RX-CD.yaml
bench=("$NNSTRETCH" bench --num_runs 5 --warmup_runs 1 --latency_only --engine reference)
mkdir other
expect 0 "${bench[@]}" --cfg "$net" --json one.json
size=$(python3 -c 'import json; print(json.load(open("one.json"))["network"]["input"].split("x")[1])')
expect 0 "${bench[@]}" --cfg "$net" --im_size $((size + 32)) --json larger.json
expect 0 "${bench[@]}" --cfg "$net" --sequential --json sequential.json
expect 0 "${bench[@]}" --cfg "$net" MODEL.NUM_CLASSES 7 --json other/one.json
expect 0 "${bench[@]}" --cfg "$net" --arithmetic f32 --json f32.json
expect 0 "${bench[@]}" --cfg "$net" --num_threads 1 --json narrow.json

# refused FILE WORDS...: compare with one.json is exit code 2, and stderr and the page have the words.
refused() {
  expect 2 "$NNSTRETCH" compare one.json "$1"
  one_message
  for words in "not comparable" "--anyway" "${@:2}"; do says err "$words"; done
  for words in "not comparable" "${@:2}"; do says out "$words"; done
}
refused larger.json "input 1x${size}x${size}x3 before, 1x$((size + 32))x$((size + 32))x3 after"
refused sequential.json "order parallel before, sequential after"
refused other/one.json "network " " parameters before, "
refused f32.json "arithmetic int8 before, f32 after"
(($(nproc) < 2)) || refused narrow.json "threads 2 before, 1 after"
expect 2 "$NNSTRETCH" compare one.json larger.json --json both.json
python3 - <<'PY' || fail "the JSON of what is not comparable"
import json
network = json.load(open("both.json"))["networks"][0]
assert network["verdict"] == "not comparable" and not network["comparable"], network
assert [one["what"] for one in network["unlike"]] == ["input"], network
PY
"$NNSTRETCH" compare one.json larger.json --anyway >out 2>err
code=$?
((code < 2)) || fail "--anyway: exit code $code"
says out "unlike: input"
says_not out "not comparable"

# Results of older versions compare, with a note.
python3 - <<'PY'
import json
bench = json.load(open("one.json"))
del bench["network"]["digest"], bench["network"]["input"], bench["sequential"]
json.dump(bench, open("older.json", "w"))
PY
expect 0 "$NNSTRETCH" compare older.json one.json
says out "does not tell the content of the network"
says out "cannot tell"

# Restarts: of a configuration and of its file, which are one network.
expect 0 "${bench[@]}" --cfg "$net" --restarts 3 --json cfg.json
says out "of 3 processes the fastest"
expect 0 "$NNSTRETCH" build --cfg "$net" --out net.tflite
expect 0 "${bench[@]}" --model net.tflite --restarts 2 --json model.json
python3 - <<'PY' || fail "the restarts in bench JSON"
import json
one, cfg, model = (json.load(open(f"{name}.json")) for name in ("one", "cfg", "model"))
assert "restarts" not in one
assert [len(runs) for runs in cfg["restarts"]] == [5, 5, 5], cfg["restarts"]
assert cfg["latency_us"]["min"] == min(min(runs) for runs in cfg["restarts"])
assert cfg["runs_us"] in cfg["restarts"] and len(model["restarts"]) == 2
assert cfg["model"].endswith("TINY-RX-CD.yaml") and model["model"] == "net.tflite"
assert one["network"]["digest"] == cfg["network"]["digest"] == model["network"]["digest"]
# Times that no machine disturbs: 10 % slower, from five processes and from one.
for name, factor in (("fast", 1.0), ("slow", 1.1)):
    cfg["restarts"] = [[factor * (100 + i + j / 8) for i in range(5)] for j in range(5)]
    cfg["runs_us"] = cfg["restarts"][0]
    json.dump(cfg, open(f"{name}.json", "w"))
    json.dump({k: v for k, v in cfg.items() if k != "restarts"}, open(f"{name}1.json", "w"))
PY
expect 1 "$NNSTRETCH" compare fast.json slow.json
says out slower
expect 0 "$NNSTRETCH" compare slow.json fast.json
says out faster
expect 0 "$NNSTRETCH" compare fast.json fast.json
says_not out "cannot tell"
expect 0 "$NNSTRETCH" compare fast1.json slow1.json
says out "cannot tell"
says out "--restarts 5"

# What else is asked for is of the fastest process; a trace would be of each.
expect 2 "${bench[@]}" --cfg "$net" --restarts 2 --trace trace.json
[[ -e trace.json ]] && fail "a trace was written"
expect 2 "${bench[@]}" --cfg "$net" --restarts 0
expect 0 "$NNSTRETCH" bench --model net.tflite --engine reference --num_runs 3 --restarts 2 --operators --requests 2 --json more.json
python3 - <<'PY' || fail "operators and requests beside restarts"
import json
more = json.load(open("more.json"))
assert more["throughput"]["requests_in_flight"] == 2 and more["parts"][0]["ops"] and more["baseline_us"]
PY
expect 0 "$NNSTRETCH" infer --model net.tflite --input "$NNSTRETCH_PHOTOS/cat.jpg" --engine reference --output single.npy --save_input seen.npy
expect 0 "${bench[@]}" --model net.tflite --restarts 2 --inputs seen.npy --logits logits.npy
cmp single.npy logits.npy || fail "the answers beside restarts are others"

# A table: a row that is not comparable is shown, and hides no other.
mkdir nets
cp "$configs/tiny/TINY-R-CDG.yaml" "$net" nets/
run=("$NNSTRETCH" run --configs nets --num_runs 5 --warmup_runs 1 --engine reference)
expect 0 "${run[@]}" --workdir before
python3 - <<'PY'
import json
table = json.load(open("before/data/result.json"))
rows = list(table["configs"].values())
rows[1]["runs_us"] = [100 + i for i in range(5)]  # times that no machine disturbs
json.dump(table, open("before.json", "w"))
rows[0]["context"]["cpu"] = "another kind"
json.dump(table, open("same.json", "w"))
rows[1]["runs_us"] = [200 + i for i in range(5)]
json.dump(table, open("slower.json", "w"))
PY
expect 1 "$NNSTRETCH" compare before.json slower.json
says out "not comparable: machine"
says out slower
expect 2 "$NNSTRETCH" compare before.json same.json
says err "another kind after"
expect 0 "$NNSTRETCH" compare before/data/result.json before/data/result.json
finish
