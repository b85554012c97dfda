#!/usr/bin/env bash
# From a profile to searched networks that run: made of operator costs, then timed here; killed and gone on.
source "$(dirname "$0")/_expect.sh"
net=$configs/glyphs/plain.yaml stretch=$configs/glyphs/two.yaml costs=$NNSTRETCH_SOURCE/costs/mi.yaml

# A model of another machine.
expect 0 "$NNSTRETCH" profile --net "$net" --include "$stretch" --from_costs "$costs" --out model.jsonl
cp model.jsonl whole.jsonl
expect 0 "$NNSTRETCH" profile --net "$net" --include "$stretch" --from_costs "$costs" --out model.jsonl
says err " 0 of them new"
cmp model.jsonl whole.jsonl || fail "a profile that lacks nothing has grown"
expect 0 "$NNSTRETCH" predict --profile model.jsonl --cfg "$net" "$stretch"
says out "a model, nothing of it was measured"
expect 0 "$NNSTRETCH" predict --profile model.jsonl --cfg "$stretch" --format csv
says out "network,part,role,processor,us"

# The searched network keeps its shape, counted by `info`, and runs.
expect 0 "$NNSTRETCH" search --net "$net" --profile model.jsonl --out found --count 3 --json found.json
says out "a model, nothing of it was measured"
says out proven
expect 0 "$NNSTRETCH" predict --profile model.jsonl --cfg found/plain-1.yaml --json predicted.json
for name in plain:"$net" found:found/plain-1.yaml; do
  expect 0 "$NNSTRETCH" info --cfg "${name#*:}" --json "info-${name%%:*}.json"
done
python3 - <<'PY' || fail "shares of the searched network"
import json
def stages(name):
    rows = json.load(open(f"info-{name}.json"))["networks"][0]
    sums = {}
    for row in rows["rows"]:
        sums[row["part"]] = sums.get(row["part"], 0) + row["cost"]["flops"]
    return sums, rows["as_built"]["flops"]
plain, plain_all = stages("plain")
found, found_all = stages("found")
assert found_all >= plain_all, (found_all, plain_all)
assert all(found[s] >= 0.8 * plain[s] for s in ("s1", "s2", "s3")), (found, plain)
result = json.load(open("found.json"))
assert result["proven"] and result["profile"]["model"], result["profile"]
assert abs(result["networks"][0]["multiply_adds"] - found_all / plain_all) < 1e-9
predicted = json.load(open("predicted.json"))["networks"][0]
assert predicted["us"] == result["networks"][0]["us"], (predicted["us"], result["networks"][0]["us"])
assert predicted["us"] < min(plain["us"] for plain in result["plain"])
PY

expect 0 "$NNSTRETCH" bench --cfg found/plain-1.yaml --num_runs 3 --warmup_runs 1 --latency_only --engine reference

# Wrong use and what cannot be.
expect 2 "$NNSTRETCH" search --net "$net" --profile model.jsonl
expect 1 "$NNSTRETCH" search --net "$net" --profile model.jsonl --out found --stage_share 1.5
says err "1 at most"
expect 1 "$NNSTRETCH" search --net "$net" --profile model.jsonl --out found --total 9
says err "the most multiply-adds are"
expect 1 "$NNSTRETCH" search --net "$stretch" --profile model.jsonl --out found
says err "has branches already"
expect 1 "$NNSTRETCH" predict --profile model.jsonl --cfg "$configs/mi/R-34-CD.yaml"
says err "has no point for"
says err "nnstretch profile --net"
sed '3s/"us":[0-9.]*/"us":NaN/' whole.jsonl >nan.jsonl
expect 1 "$NNSTRETCH" predict --profile nan.jsonl --cfg "$net"
says err "nan.jsonl:3"
expect 1 "$NNSTRETCH" profile --net "$net" --from_costs "$costs" --out /dev/full
says err "No space left"

# Of this machine: killed, gone on, and no point is lost or timed twice but on purpose.
small=(--net "$net" --engine reference --roles cpu --out)
for ((try = 0; try < 3; ++try)); do
  "$NNSTRETCH" profile "${small[@]}" here.jsonl 2>/dev/null &
  pid=$!
  before=$(cat here.jsonl 2>/dev/null | wc -l)
  until (($(cat here.jsonl 2>/dev/null | wc -l) > before)) || ! kill -0 $pid 2>/dev/null; do sleep 0.1; done
  kill -9 $pid 2>/dev/null
  wait $pid 2>/dev/null
  cp here.jsonl "killed$try.jsonl"
  printf '{"on":"refer' >>here.jsonl # as if it had been killed within a line
done
expect 0 "$NNSTRETCH" profile "${small[@]}" here.jsonl
says err "the last line has no end"
expect 0 "$NNSTRETCH" profile "${small[@]}" here.jsonl
says err " 0 of them new"
python3 - <<'PY' || fail "points of a profile that was killed"
import json, collections
lines = [json.loads(line) for line in open("here.jsonl")]
points = collections.Counter((p["series"], p["depth"], p["width"], p["w_in"]) for p in lines if "series" in p)
assert max(points.values()) <= 2
for i in range(3):
    before = [json.loads(line) for line in open(f"killed{i}.jsonl") if line.endswith("\n")]
    assert before == lines[: len(before)], i
assert any("anchor" in line for line in lines)
PY
sed '1s/"cpu":"/"cpu":"Another /' here.jsonl >other.jsonl
expect 1 "$NNSTRETCH" profile "${small[@]}" other.jsonl
says err "of another machine"
expect 0 "$NNSTRETCH" profile "${small[@]}" other.jsonl --force
