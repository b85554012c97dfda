#!/usr/bin/env bash
# A control group with a quota below the number of cores: it is seen, said once, and no more threads
# are used than it has whole cores.
source "$(dirname "$0")/_expect.sh"
skip() { echo "SKIPPED: $1" && exit 77; }
((EUID == 0)) || skip "only root can make a control group"
(($(nproc) > 1)) || skip "one core is no more than any quota"
version1=/sys/fs/cgroup/cpu version2=/sys/fs/cgroup
if [[ -w $version1/cgroup.procs && -e $version1/cpu.cfs_quota_us ]] || [[ -w $version1/tasks ]]; then
  group=$version1/nnstretch-test-$$
  quota() { echo 100000 >"$group/cpu.cfs_period_us" && echo "$1" >"$group/cpu.cfs_quota_us"; }
elif [[ -w $version2/cgroup.procs ]] && grep -qw cpu $version2/cgroup.controllers; then
  group=$version2/nnstretch-test-$$
  quota() { echo "$1 100000" >"$group/cpu.max"; }
  grep -qw cpu $version2/cgroup.subtree_control || skip "groups of version 2 have no CPU controller here"
else
  skip "no control groups that can be written"
fi
mkdir "$group" 2>/dev/null || skip "$group cannot be made"
trap 'rmdir "$group"' EXIT
quota 150000 2>/dev/null || skip "$group takes no quota"
in_group() { bash -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' _ "$group" "$@"; }

expect 0 "$NNSTRETCH" build --cfg "$configs/tiny/TINY-RX-CD.yaml" --out net.tflite
for cpus in 0.5 1.5; do
  quota "$(python3 -c "print(int($cpus * 100000))")"
  said="the quota of $cpus CPUs counts as 1 core"
  in_group timeout 280 "$NNSTRETCH" bench --model net.tflite --num_runs 5 --json got.json >out 2>err || { fail "no bench within $cpus CPUs"; cat err; }
  [[ $(grep -cF "$said" err) == 1 ]] || { fail "'$said' is not said once"; cat err; }
  /usr/bin/python3 - "$cpus" <<'P' || fail "not one thread each within $cpus CPUs"
import json, sys
got = json.load(open("got.json"))
threads = {one["name"]: (one["threads"], one["cores"]) for one in got["processors"]}
print(sys.argv[1], threads, got["baseline_us"], got["signs"]["quota"], got["signs"]["throttled"])
assert all(count == 1 and len(cores) == 1 for count, cores in threads.values())
assert got["baseline_us"]["threads"] == 1 and got["context"]["cores"] == 1
assert got["signs"]["quota"] == float(sys.argv[1])
assert got["signs"]["throttled"] is not None
P
  in_group timeout 280 "$NNSTRETCH" run --configs "$configs/tiny/TINY-RX-CD.yaml" --workdir "work$cpus" --num_runs 3 >out 2>err || { fail "no run within $cpus CPUs"; cat err; }
  [[ $(grep -cF "$said" err) == 1 ]] || { fail "run does not say '$said' once"; cat err; }
done
in_group timeout 60 "$NNSTRETCH" bench --model net.tflite --num_threads 2 >out 2>err
[[ $? == 2 ]] || fail "two threads are not too many"
quota 200000
in_group timeout 280 "$NNSTRETCH" devices >out 2>err
says_not err "quota of"
finish
