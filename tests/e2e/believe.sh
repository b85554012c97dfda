#!/usr/bin/env bash
# Whether a result is to be believed: with somebody else on every core it says that it is not, for
# which sign, and what to do; every time.
source "$(dirname "$0")/_expect.sh"
[[ -r /proc/stat && -r /proc/self/schedstat ]] || { echo "SKIPPED: this system does not count the time of cores"; exit 77; }
tiny=$configs/tiny/TINY-RX-CD.yaml
expect 0 "$NNSTRETCH" build --cfg "$tiny" --out net.tflite
expect 0 "$NNSTRETCH" bench --model net.tflite --num_runs 1 --latency_only  # engines are chosen

loads=()
trap 'kill "${loads[@]}" 2>/dev/null' EXIT
for ((core = $(nproc); core > 0; --core)); do
  (while :; do :; done) &
  loads+=($!)
done

for ((i = 0; i < 5; ++i)); do
  expect 0 "$NNSTRETCH" bench --model net.tflite --json got.json
  says err "warning: not reliable: "
  [[ $(grep -c "not reliable" err) == 1 ]] || { fail "not one warning"; cat err; }
  says out "not reliable: "
  /usr/bin/python3 - <<'P' || fail "the result is not as the machine was"
import json
got = json.load(open("got.json"))
signs, doubts = got["signs"], got["doubts"]
print({name: value for name, value in signs.items() if value is not None})
assert got["reliable"] is False and doubts
assert all(signs[doubt["sign"]] == doubt["value"] and doubt["fix"] for doubt in doubts)
assert {"others", "delay"} & {doubt["sign"] for doubt in doubts}
assert got["latency_us"]["min"] >= got["bound_us"] and got["latency_us"]["count"] == 50
P
done

# It waits as long as it may, says so, and goes on.
expect 0 "$NNSTRETCH" bench --model net.tflite --wait_quiet 1 --json got.json
says err "waiting for a free machine, 1 s at most"
says err "the machine was not free within 1 s"
/usr/bin/python3 -c 'import json; signs = json.load(open("got.json"))["signs"]; assert signs["waited_s"] >= 1 and signs["was_free"] is False, signs' || fail "what it waited for is not in the result"
expect 2 "$NNSTRETCH" bench --model net.tflite --wait_quiet soon

expect 0 "$NNSTRETCH" run --configs "$tiny" --workdir work --num_runs 9 --wait_quiet 1
says err "TINY-RX-CD: waiting for a free machine, 1 s at most"
[[ $(grep -c "not reliable: " err) == 1 ]] || { fail "run has not one line for one configuration"; cat err; }
expect 0 "$NNSTRETCH" infer --model net.tflite --input "$NNSTRETCH_PHOTOS/astronaut.jpg" --json got.json
/usr/bin/python3 -c 'import json; got = json.load(open("got.json")); assert isinstance(got["reliable"], bool) and (got["reliable"] or got["doubts"]), got' || fail "infer does not say whether it is reliable"
finish
