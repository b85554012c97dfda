#!/usr/bin/env bash
# The main job with small networks: rows, resume, changes, failures, kills.
source "$(dirname "$0")/_expect.sh"
mkdir nets
cp "$configs"/tiny/*.yaml nets/
job=("$NNSTRETCH" run --configs nets --workdir work --num_runs 5 --warmup_runs 1)
csv=work/data/result.csv

expect 0 "${job[@]}"
rows $csv 3
[[ $(head -n 1 $csv) == cfg,latency,energy ]] || fail "the header"
[[ $(tail -n 1 out) == "Results generated at $csv" ]] || fail "the last line of stdout"
says work/data/result.json '"plan_hash"'
says work/data/result.json '"fidelity"'

before=$(cat $csv)
expect 0 "${job[@]}"
says err "0 run, 3 as they were"
[[ $(cat $csv) == "$before" ]] || fail "rows changed although nothing was run"

# What is asked for decides, too.
expect 0 "${job[@]}" --sequential
says err "3 run, 0 as they were"
expect 0 "${job[@]}" --sequential --trace traces
says err "3 run, 0 as they were"
[[ $(ls traces/*.json | wc -l) == 3 ]] || fail "not a trace a configuration"
expect 0 "${job[@]}"
says err "3 run, 0 as they were"

sed -i 's/STEM_W: 16/STEM_W: 24/' nets/TINY-RX-CD.yaml
expect 0 "${job[@]}"
says err "1 run, 2 as they were"
rows $csv 3

# A broken configuration's row goes to the old ones; the others keep theirs and a new one still runs.
cp nets/TINY-RX-CD.yaml nets/ZZ.yaml
sed -i 's/DEPTHS:.*/DEPTHS: [[1, 2]]/' nets/TINY-EN-CG.yaml
expect 1 "${job[@]}"
rows $csv 3
says_not $csv TINY-EN-CG
says $csv.old nets/TINY-EN-CG.yaml,
says $csv.old DEPTHS
says err "nets/TINY-EN-CG.yaml:"
[[ $(tail -n 1 out) == "Results generated at $csv" ]] || fail "the last line of stdout after a failure"
expect 1 "$NNSTRETCH" --quiet "${job[@]:1}"
says err "nets/TINY-EN-CG.yaml failed:"

# The published header is read too.
sed -i '1s/.*/#cfg,latency,energy/' $csv
rm nets/TINY-EN-CG.yaml
expect 0 "${job[@]}"
says err "0 run, 3 as they were"

# Killed at any moment: what is there is whole, and the same command does the rest.
for pause in 0.1 0.3 0.6 1.0; do
  rm -rf work
  "${job[@]}" >/dev/null 2>&1 &
  sleep $pause
  kill -KILL $! 2>/dev/null
  wait 2>/dev/null
  if [[ -e $csv ]]; then
    [[ $(head -n 1 $csv) == cfg,latency,energy ]] || fail "half a header after $pause s"
    python3 -m json.tool work/data/result.json >/dev/null || fail "half a JSON after $pause s"
  fi
  expect 0 "${job[@]}"
  rows $csv 3
  [[ -z $(find work -name '*.part') ]] || fail "left-overs after $pause s"
done
"${job[@]}" --force >/dev/null 2>&1 &
sleep 0.5
kill -INT $!
wait
rows $csv 3
finish
