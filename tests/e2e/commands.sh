#!/usr/bin/env bash
# Every command once, as a user would.
source "$(dirname "$0")/_expect.sh"
net=$configs/tiny/TINY-R-CDG.yaml
photo=$NNSTRETCH_PHOTOS/cat.jpg

expect 0 "$NNSTRETCH" --help
says out bench
expect 0 "$NNSTRETCH" --version
for command in run info build infer bench compare inspect convert devices; do
  expect 0 "$NNSTRETCH" $command --help
  says out Example
done

expect 0 "$NNSTRETCH" info --csv --cfg "$configs/mi/EN-B5-CD.yaml"
says out ",10735999342,31167414,131228454,"
says out ",31504054"
expect 0 "$NNSTRETCH" info --cfg "$net"
says out "as built"
expect 0 "$NNSTRETCH" info --csv --cfg "$net"
cp out once.csv
expect 0 "$NNSTRETCH" info --csv --cfg "$net" ANYNET.DEPTHS '[[2,2,1],[2,1,1]]'
cmp -s out once.csv && fail "a list on the command line changed nothing"
mv out twice.csv
expect 0 "$NNSTRETCH" info --json - --cfg "$configs/mi/EN-B5-CD.yaml"
python3 - <<'PY' || fail "info --json - is not the complexity"
import json
network = json.load(open("out"))["networks"][0]
assert network["pycls"] == {"flops": 10735999342, "params": 31167414, "acts": 131228454}, network["pycls"]
assert sum(row["cost"]["flops"] for row in network["rows"]) == network["pycls"]["flops"]
PY
expect 0 "$NNSTRETCH" info --cfg "$net" --csv ANYNET.DEPTHS '[[2,2,1],[2,1,1]]'
cmp out twice.csv || fail "the order of options matters"

expect 0 "$NNSTRETCH" build --cfg "$net" --out net.tflite --report
says out "centred correlation"
says out "wrong image"
expect 0 "$NNSTRETCH" build --cfg "$net" --out again.tflite
cmp net.tflite again.tflite || fail "the same inputs gave other bytes"

careful=(--observer best --bias_correction --equalise --mixed_precision 1)
expect 0 "$NNSTRETCH" build --cfg "$net" --out careful.tflite --report --report_json report.json "${careful[@]}"
says out "kept"
says out "float block"
says out "mixed"
python3 - <<'PY' || fail "the report's JSON"
import json
report = json.load(open("report.json"))
assert set(report["tried"]) == {"minmax", "percentile", "mse", "entropy"}
assert len(report["float_blocks"]) == 1 and report["float_blocks"][0]["extra_bytes"] > 0
assert report["latency_us"]["mixed"] > 0
assert all(0 <= layer["clipped"] <= 1 for layer in report["layers"])
PY
expect 0 "$NNSTRETCH" build --cfg "$net" --out again.tflite "${careful[@]}"
cmp careful.tflite again.tflite || fail "the same inputs gave other bytes, with every choice"
expect 0 "$NNSTRETCH" bench --model careful.tflite --num_runs 3

for format in tflite onnx; do
  expect 0 "$NNSTRETCH" build --cfg "$net" --precision f32 --out "float.$format"
  expect 0 "$NNSTRETCH" build --model "float.$format" --out again.tflite
  cmp net.tflite again.tflite || fail "the float .$format file gives another int8 network than its configuration"
done
expect 2 "$NNSTRETCH" build --cfg "$net" --precision f32 --out float.onnx --json -
says err "nothing to report of a float network"
expect 0 "$NNSTRETCH" infer --model float.onnx --mean 0.5,0.5,0.5 --std 0.5,0.5,0.5 --colour rgb --resize 80 --input "$photo"
expect 1 "$NNSTRETCH" build --model net.tflite --out again.tflite
says err "only float networks can be quantised"
expect 2 "$NNSTRETCH" build --cfg "$net" --mean 0.5,0.5,0.5 --out again.tflite
expect 0 "$NNSTRETCH" infer --cfg "$net" --precision int8 --observer percentile --percentile 99.9 --input "$photo"

expect 0 "$NNSTRETCH" inspect net.tflite --ops
says out mp_start
says out s1.dsp
says out "values: i8 on a scale 36"
python3 - <<'PY' || fail "every operator of a branch runs on its processor"
lines = [line.split() for line in open("out")]
runs_on = {line[0]: line[4] for line in lines if len(line) > 6 and line[2].startswith("s1.")}
assert runs_on, lines
names = {role: line[4] for line in lines if line and line[0].startswith("s1.") for role in line[2].split("+")}
for node, processor in runs_on.items():
    role = node.split("_")[1]
    assert processor == names[role], (node, processor, names)
PY
expect 0 "$NNSTRETCH" infer --model net.tflite --input "$photo" --output a.npy
expect 0 "$NNSTRETCH" infer --model net.tflite --input "$photo" --output b.npy --sequential
cmp a.npy b.npy || fail "parallel and sequential differ"
says err "core1 stands in for dsp"
expect 0 "$NNSTRETCH" infer --model net.tflite --input "$photo" --output a.npy --json -
cmp a.npy b.npy || fail "--json changes the logits"
python3 - <<'PY' || fail "infer --json - is not the five likeliest classes"
import array, json
logits = array.array("b", open("a.npy", "rb").read()[128:])
best = json.load(open("out"))["top5"]
assert [logits[row["class"]] for row in best] == sorted(logits, reverse=True)[:5], best
PY
expect 0 "$NNSTRETCH" infer --cfg "$net" --input "$photo" --engine reference

expect 0 "$NNSTRETCH" bench --model net.tflite --num-runs 5 --trace trace.json --json bench.json
says out bound
says out baseline
python3 - <<'PY' || fail "bench JSON or trace"
import json
bench = json.load(open("bench.json"))
for key in ("schema model latency_us processors parts meeting_points bound_us split_tax overhead_us_p50 "
            "plan_hash baseline_us fallbacks context").split():
    assert key in bench, key
assert bench["latency_us"]["count"] == 5
for when in ("before", "after"):
    assert set(bench["machine_state"][when]) == {"governor", "frequency_mhz", "hottest_c"}
assert all(point["copy_us_p50"] is None or point["copy_us_p50"] >= 0 for point in bench["meeting_points"])
assert bench["latency_us"]["min"] <= bench["latency_us"]["p50"] <= bench["latency_us"]["p99"]
events = json.load(open("trace.json"))
events = events["traceEvents"] if isinstance(events, dict) else events
assert any(e.get("ph") == "X" for e in events)
PY
python3 - <<'PY' || fail "the runs in bench JSON"
import json
bench = json.load(open("bench.json"))
assert len(bench["runs_us"]) == 5
assert all(engine["parts"] > 0 for engine in bench["compiled"].values())
for name, factor in (("fast.json", 1), ("slow.json", 2)):  # times that no machine disturbs
    bench["runs_us"] = [factor * (100 + i) for i in range(20)]
    json.dump(bench, open(name, "w"))
PY
expect 0 "$NNSTRETCH" compare fast.json fast.json
says out "1.000"
expect 1 "$NNSTRETCH" compare fast.json slow.json --limit 1.05
says out slower
expect 1 "$NNSTRETCH" compare fast.json slow.json --json -
python3 - <<'PY' || fail "compare --json - is not the ratio of two"
import json
network = json.load(open("out"))["networks"][0]
assert network["slower"] and network["ratio_of_medians"] == 2, network
PY
expect 0 "$NNSTRETCH" compare slow.json fast.json
expect 1 "$NNSTRETCH" compare fast.json trace.json
says err "it has no schema: no result of this program"
expect 0 "$NNSTRETCH" bench --model net.tflite --num_runs 3 --engine openvino --operators --latency_only
says out Convolution
expect 0 "$NNSTRETCH" bench --model net.tflite --num_runs 3 --requests 2 --json requests.json
says out "a second, 2 in flight"
python3 - <<'PY' || fail "the throughput in bench JSON"
import json
assert json.load(open("bench.json"))["throughput"] is None
throughput = json.load(open("requests.json"))["throughput"]
assert throughput["requests_in_flight"] == 2 and throughput["requests_per_second"] > 0
assert throughput["plan_hash"] and throughput["fallbacks"] == [], throughput
PY
expect 0 "$NNSTRETCH" bench --model net.tflite --num_runs 3 --json -
python3 -m json.tool out >/dev/null || fail "stdout is not JSON alone"

expect 0 "$NNSTRETCH" devices --write machine.yaml
says out openvino
expect 0 "$NNSTRETCH" bench --model net.tflite --machine machine.yaml --num_runs 3

# A machine of nothing but a GPU that is not there: the CPU does it, and says so.
export VK_ICD_FILENAMES=/nowhere
echo 'processors: [{name: gpu, role: gpu, engine: litert, device: gpu}]' >gpu.yaml
expect 0 "$NNSTRETCH" infer --model net.tflite --input "$photo" --machine gpu.yaml
says err "role gpu ran on all-cores: gpu cannot be used"
expect 1 "$NNSTRETCH" infer --model net.tflite --input "$photo" --machine gpu.yaml --strict
unset VK_ICD_FILENAMES

expect 0 "$NNSTRETCH" devices --json -
python3 -c 'import json; assert json.load(open("out"))["processors"]' || fail "devices --json - names no processors"
expect 0 "$NNSTRETCH" build --cfg "$net" --out again.tflite --report --json -
python3 -m json.tool out >/dev/null || fail "build --json - is not JSON alone"
finish
